//! Filters of text under the names that shop keepers know.

use minijinja::{Error, Value};

use super::text;

/// The first letter large, the rest as it is.
pub(super) fn ucfirst(value: &Value) -> Result<String, Error> {
    text(value).map(|text| large_first(&text))
}

/// The first letter of each word large, the rest as it is.
pub(super) fn ucwords(value: &Value) -> Result<String, Error> {
    Ok(text(value)?
        .split_inclusive(char::is_whitespace)
        .map(large_first)
        .collect())
}

/// `order_shipped`, `order-shipped` and `orderShipped` become `Order Shipped`.
pub(super) fn headline(value: &Value) -> Result<String, Error> {
    let (mut line, mut before) = (String::new(), '_');
    for c in text(value)?.chars() {
        let begins = is_gap(before) || (before.is_lowercase() && c.is_uppercase());
        if !is_gap(c) && begins {
            line.extend((!line.is_empty()).then_some(' '));
            line.extend(c.to_uppercase());
        } else if !is_gap(c) {
            line.extend(c.to_lowercase());
        }
        before = c;
    }
    Ok(line)
}

fn is_gap(c: char) -> bool {
    matches!(c, '_' | '-') || c.is_whitespace()
}

/// Something before the text.
pub(super) fn prepend(value: &Value, other: &Value) -> Result<String, Error> {
    Ok(text(other)? + &text(value)?)
}

/// Something after the text.
pub(super) fn append(value: &Value, other: &Value) -> Result<String, Error> {
    Ok(text(value)? + &text(other)?)
}

fn large_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

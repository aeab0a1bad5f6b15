//! Filters of text under the names that shop keepers know.

use minijinja::{Error, Value};

use super::text;

/// The first letter large, the rest as it is.
pub(super) fn ucfirst(value: &Value) -> Result<String, Error> {
    text(value).map(|text| large_first(&text))
}

/// The first letter of each word large, the rest as it is.
pub(super) fn ucwords(value: &Value) -> Result<String, Error> {
    Ok(text(value)?.split_inclusive(char::is_whitespace).map(large_first).collect())
}

/// `order_shipped`, `order-shipped` and `orderShipped` become `Order Shipped`.
pub(super) fn headline(value: &Value) -> Result<String, Error> {
    let text = text(value)?;
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in text.chars() {
        let separates = matches!(c, '_' | '-') || c.is_whitespace();
        match words.last_mut() {
            _ if separates => {}
            Some(word)
                if !matches!(before, '_' | '-') && !before.is_whitespace() && !(before.is_lowercase() && c.is_uppercase()) =>
            {
                word.extend(c.to_lowercase());
            }
            _ => words.push(c.to_uppercase().collect()),
        }
        before = c;
    }
    Ok(words.join(" "))
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
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

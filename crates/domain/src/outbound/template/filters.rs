//! The filters of the language: minijinja's where they keep to the bounds, and our own.

mod date;
mod money;
mod words;

use std::{collections::BTreeMap, sync::LazyLock};

use minijinja::{Error, ErrorKind, Value, filters, value::Kwargs};

use super::{budget, error::TemplateError, limits::MAX_VALUE, value};

pub(super) static FILTERS: LazyLock<BTreeMap<&str, Value>> = LazyLock::new(|| {
    BTreeMap::from([
        ("abs", Value::from_function(filters::abs)),
        ("append", Value::from_function(words::append)),
        ("bool", Value::from_function(filters::bool)),
        ("capitalize", Value::from_function(filters::capitalize)),
        ("concat_first", Value::from_function(words::prepend)),
        ("concat_last", Value::from_function(words::append)),
        ("count", Value::from_function(filters::length)),
        ("d", Value::from_function(default)),
        ("date", Value::from_function(date::date)),
        ("default", Value::from_function(default)),
        ("first", Value::from_function(filters::first)),
        ("float", Value::from_function(filters::float)),
        ("headline", Value::from_function(words::headline)),
        ("int", Value::from_function(filters::int)),
        ("items", Value::from_function(filters::items)),
        ("join", Value::from_function(join)),
        ("json", Value::from_function(tojson)),
        ("last", Value::from_function(filters::last)),
        ("length", Value::from_function(filters::length)),
        ("list", Value::from_function(filters::list)),
        ("lower", Value::from_function(filters::lower)),
        ("map", Value::from_function(filters::map)),
        ("max", Value::from_function(filters::max)),
        ("min", Value::from_function(filters::min)),
        ("money", Value::from_function(money::money)),
        ("money_short", Value::from_function(money::money_short)),
        ("prepend", Value::from_function(words::prepend)),
        ("reject", Value::from_function(filters::reject)),
        ("rejectattr", Value::from_function(filters::rejectattr)),
        ("replace", Value::from_function(replace)),
        ("reverse", Value::from_function(filters::reverse)),
        ("round", Value::from_function(filters::round)),
        ("select", Value::from_function(filters::select)),
        ("selectattr", Value::from_function(filters::selectattr)),
        ("sort", Value::from_function(filters::sort)),
        ("split", Value::from_function(filters::split)),
        ("string", Value::from_function(text)),
        ("strtolower", Value::from_function(filters::lower)),
        ("strtoupper", Value::from_function(filters::upper)),
        ("sum", Value::from_function(sum)),
        ("title", Value::from_function(filters::title)),
        ("title_case", Value::from_function(filters::title)),
        ("tojson", Value::from_function(tojson)),
        ("trim", Value::from_function(filters::trim)),
        ("ucfirst", Value::from_function(words::ucfirst)),
        ("ucwords", Value::from_function(words::ucwords)),
        ("unique", Value::from_function(filters::unique)),
        ("upper", Value::from_function(filters::upper)),
    ])
});

/// Checks the texts that a filter is called with, where they can be wrong.
pub(super) fn check_arguments(filter: &str, texts: &[&str]) -> Result<(), TemplateError> {
    match (filter, texts) {
        ("date", [format, rest @ ..]) => {
            date::check(format, rest.first().copied()).map_err(TemplateError::InvalidArgument)
        }
        _ => Ok(()),
    }
}

/// What a filter costs for these arguments, in steps: most look at a text or at the entries of a
/// list, some at all that is in them, and those that sort do so again and again.
pub(super) fn cost(filter: &str, arguments: &[Value]) -> u64 {
    let sum = |of: fn(&Value) -> u64| arguments.iter().map(of).fold(0, u64::saturating_add);
    match filter {
        "sort" | "unique" => {
            let entries = arguments.first().and_then(Value::len).unwrap_or(1);
            sum(budget::deep).saturating_mul(u64::from(usize::BITS - entries.leading_zeros()) + 1)
        }
        "abs" | "bool" | "count" | "d" | "date" | "default" | "first" | "float" | "int"
        | "items" | "last" | "length" | "money" | "money_short" | "round" => sum(budget::shallow),
        _ => sum(budget::deep).saturating_mul(2),
    }
}

pub(super) fn is_null(value: &Value) -> bool {
    value.is_undefined() || value.is_none()
}

pub(super) fn too_long() -> Error {
    refused("the value is too long")
}

fn refused(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}

/// The value, or another one when it is null, missing or an empty text. `0` and `false` are values.
fn default(value: &Value, other: Option<Value>) -> Value {
    if is_null(value) || value.as_str() == Some("") {
        other.unwrap_or_else(|| Value::from(""))
    } else {
        value.clone()
    }
}

/// The texts of a list with `separator` between them; null is empty.
fn join(value: &Value, separator: Option<&str>) -> Result<String, Error> {
    let mut joined = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            joined.push_str(separator.unwrap_or(""));
        }
        joined.push_str(&text(&item)?);
        if joined.len() > MAX_VALUE {
            return Err(too_long());
        }
    }
    Ok(joined)
}

/// Every occurrence of `from` becomes `to`.
fn replace(value: &Value, from: &str, to: &str) -> Result<String, Error> {
    let text = text(value)?;
    let longer = to
        .len()
        .saturating_sub(from.len())
        .saturating_mul(text.matches(from).count());
    if text.len().saturating_add(longer) > MAX_VALUE {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

/// What text around an expression would make of the value.
fn text(value: &Value) -> Result<String, Error> {
    Ok(match value.as_str() {
        Some(text) => text.to_owned(),
        None if is_null(value) => String::new(),
        None => value::to_json_in_filter(value)?.to_text(),
    })
}

fn tojson(value: &Value) -> Result<String, Error> {
    Ok(value::to_json_in_filter(value)?.to_text())
}

/// The sum of a list's numbers, or of one attribute of its entries; null counts as nothing.
fn sum(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let attribute = options.get::<Option<&str>>("attribute")?;
    options.assert_all_used()?;
    let (mut whole, mut float, mut is_whole) = (0_i128, 0.0, true);
    for item in value.try_iter()? {
        let item = match attribute {
            Some(name) => item.get_attr(name)?,
            None => item,
        };
        if is_null(&item) {
            continue;
        }
        float += f64::try_from(item.clone())?;
        is_whole = is_whole && item.is_integer();
        if is_whole {
            let overflow = || Error::new(ErrorKind::InvalidOperation, "the sum is too large");
            whole = whole
                .checked_add(i128::try_from(item)?)
                .ok_or_else(overflow)?;
        }
    }
    Ok(if is_whole {
        Value::from(whole)
    } else {
        Value::from(float)
    })
}

#[cfg(test)]
mod tests;

//! Between exact JSON and minijinja's values.

use minijinja::{Error, ErrorKind, Value, value::ValueKind};

use super::{MAX_VALUE, TemplateError};
use crate::json::{Json, MAX_DEPTH};

/// Most entries of a list or object that an expression touches.
const MAX_ENTRIES: usize = 10_000;

/// The value for expressions. Null is undefined, which flows through look-ups; integers of up to
/// 128 bits are exact, other numbers are `f64`; what is too large for an expression becomes a value
/// that fails when it is used.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::UNDEFINED,
        Json::Bool(value) => Value::from(*value),
        Json::Number(text) => number(text),
        Json::String(text) if text.len() > MAX_VALUE => too_large(),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) if items.len() > MAX_ENTRIES => too_large(),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(members) if members.len() > MAX_ENTRIES => too_large(),
        Json::Object(members) => Value::from_pairs(
            members
                .iter()
                .map(|(name, value)| (name.as_str(), from_json(value))),
        ),
    }
}

fn number(text: &str) -> Value {
    let integer = text.parse::<i64>().map(Value::from);
    integer
        .or_else(|_| text.parse::<u64>().map(Value::from))
        .or_else(|_| text.parse::<i128>().map(Value::from))
        .unwrap_or_else(|_| text.parse::<f64>().map_or(Value::UNDEFINED, Value::from))
}

fn too_large() -> Value {
    Value::from(Error::new(
        ErrorKind::InvalidOperation,
        "the value is too large for an expression",
    ))
}

/// The JSON of a computed value, at most [`MAX_VALUE`] bytes of it.
pub(super) fn to_json(value: &Value, expression: &str) -> Result<Json, TemplateError> {
    let failed = |error: Failure| match error {
        Failure::TooLong => TemplateError::ValueTooLong,
        Failure::NotJson(reason) => TemplateError::Failed {
            expression: expression.to_owned(),
            reason: reason.to_owned(),
        },
    };
    let mut room = MAX_VALUE;
    convert(value, &mut room, MAX_DEPTH).map_err(failed)
}

/// The same for filters.
pub(super) fn to_json_in_filter(value: &Value) -> Result<Json, Error> {
    convert(value, &mut { MAX_VALUE }, MAX_DEPTH).map_err(|failure| {
        let reason = match failure {
            Failure::TooLong => "the value is too long",
            Failure::NotJson(reason) => reason,
        };
        Error::new(ErrorKind::InvalidOperation, reason)
    })
}

enum Failure {
    TooLong,
    NotJson(&'static str),
}

/// `room` is what may still be written; it shrinks by about the length of each value's JSON.
fn convert(value: &Value, room: &mut usize, levels_left: usize) -> Result<Json, Failure> {
    let mut take = |bytes: usize| {
        *room = room.checked_sub(bytes).ok_or(Failure::TooLong)?;
        Ok(())
    };
    take(1)?;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Json::Null),
        ValueKind::Bool => Ok(Json::Bool(value.is_true())),
        ValueKind::Number => number_text(value).map(|text| Json::Number(text.into())),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            take(text.len())?;
            Ok(Json::String(text.to_owned()))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let levels_left = levels_left.checked_sub(1).ok_or(Failure::TooLong)?;
            let items = value
                .try_iter()
                .map_err(|_| Failure::NotJson("not a list"))?;
            Ok(Json::Array(
                items
                    .map(|item| convert(&item, room, levels_left))
                    .collect::<Result<_, _>>()?,
            ))
        }
        ValueKind::Map => {
            let levels_left = levels_left.checked_sub(1).ok_or(Failure::TooLong)?;
            let names = value
                .try_iter()
                .map_err(|_| Failure::NotJson("not an object"))?;
            let members = names.map(|name| {
                let member = value
                    .get_item(&name)
                    .map_err(|_| Failure::NotJson("not an object"))?;
                let name = name
                    .as_str()
                    .ok_or(Failure::NotJson("the name of a member is not a text"))?;
                *room = room.checked_sub(name.len()).ok_or(Failure::TooLong)?;
                Ok((name.to_owned(), convert(&member, room, levels_left)?))
            });
            Ok(Json::Object(members.collect::<Result<_, _>>()?))
        }
        ValueKind::Invalid => Err(Failure::NotJson("a value is too large for an expression")),
        _ => Err(Failure::NotJson("not a JSON value")),
    }
}

/// A number as JSON text; a computed number that is whole has no fraction: 4900 / 100 is `49`.
fn number_text(value: &Value) -> Result<String, Failure> {
    if value.is_integer() {
        return Ok(value.to_string());
    }
    let float = f64::try_from(value.clone()).map_err(|_| Failure::NotJson("not a number"))?;
    if float.fract() == 0.0 && float.abs() < 1e15 {
        return Ok(format!("{:.0}", float + 0.0));
    }
    serde_json::Number::from_f64(float)
        .map(|number| number.to_string())
        .ok_or(Failure::NotJson("not a finite number"))
}

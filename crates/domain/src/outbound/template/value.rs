//! Between exact JSON and minijinja's values.

use minijinja::{Error, ErrorKind, Value, value::ValueKind};

use super::{error::TemplateError, limits::MAX_VALUE};
use crate::json::{ExactJson, MAX_DEPTH};

/// Most entries of a list or object that an expression touches.
const MAX_ENTRIES: usize = 10_000;

/// The value for expressions. Null is undefined, which flows through look-ups; integers of up to
/// 128 bits are exact, other numbers are `f64`; what is too large for an expression becomes a value
/// that fails when it is used.
pub(super) fn from_json(json: &ExactJson) -> Value {
    match json {
        ExactJson::Null => Value::UNDEFINED,
        ExactJson::Bool(value) => Value::from(*value),
        ExactJson::Number(text) => number(text),
        ExactJson::String(text) if text.len() > MAX_VALUE => too_large(),
        ExactJson::String(text) => Value::from(text.as_str()),
        ExactJson::Array(items) if items.len() > MAX_ENTRIES => too_large(),
        ExactJson::Array(items) => items.iter().map(from_json).collect(),
        ExactJson::Object(members) if members.len() > MAX_ENTRIES => too_large(),
        ExactJson::Object(members) => Value::from_pairs(
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
pub(super) fn to_json(value: &Value, expression: &str) -> Result<ExactJson, TemplateError> {
    let failed = |error: ConversionFailure| match error {
        ConversionFailure::TooLong => TemplateError::ValueTooLong,
        ConversionFailure::NotJson(reason) => TemplateError::Failed {
            expression: expression.to_owned(),
            reason: reason.to_owned(),
        },
    };
    let mut room = MAX_VALUE;
    convert(value, &mut room, MAX_DEPTH).map_err(failed)
}

/// The same for filters.
pub(super) fn to_json_in_filter(value: &Value) -> Result<ExactJson, Error> {
    convert(value, &mut { MAX_VALUE }, MAX_DEPTH).map_err(|failure| {
        let reason = match failure {
            ConversionFailure::TooLong => "the value is too long",
            ConversionFailure::NotJson(reason) => reason,
        };
        Error::new(ErrorKind::InvalidOperation, reason)
    })
}

enum ConversionFailure {
    TooLong,
    NotJson(&'static str),
}

type Converted<T> = Result<T, ConversionFailure>;

/// `room` is what may still be written; it shrinks by about the length of each value's JSON.
fn convert(value: &Value, room: &mut usize, levels_left: usize) -> Converted<ExactJson> {
    take(room, 1)?;
    let deeper = || levels_left.checked_sub(1).ok_or(ConversionFailure::TooLong);
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(ExactJson::Null),
        ValueKind::Bool => Ok(ExactJson::Bool(value.is_true())),
        ValueKind::Number => number_text(value).map(|text| ExactJson::Number(text.into())),
        ValueKind::String => {
            let text = value
                .as_str()
                .ok_or(ConversionFailure::NotJson("not a text"))?;
            take(room, text.len())?;
            Ok(ExactJson::String(text.to_owned()))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            convert_items(value, room, deeper()?).map(ExactJson::Array)
        }
        ValueKind::Map => convert_members(value, room, deeper()?).map(ExactJson::Object),
        ValueKind::Invalid => Err(ConversionFailure::NotJson(
            "a value is too large for an expression",
        )),
        _ => Err(ConversionFailure::NotJson("not a JSON value")),
    }
}

fn convert_items(list: &Value, room: &mut usize, levels_left: usize) -> Converted<Vec<ExactJson>> {
    let items = list
        .try_iter()
        .map_err(|_| ConversionFailure::NotJson("not a list"))?;
    items
        .map(|item| convert(&item, room, levels_left))
        .collect()
}

fn convert_members(
    map: &Value,
    room: &mut usize,
    levels_left: usize,
) -> Converted<Vec<(String, ExactJson)>> {
    let not_an_object = |_| ConversionFailure::NotJson("not an object");
    let mut members = Vec::new();
    for name in map.try_iter().map_err(not_an_object)? {
        let member = map.get_item(&name).map_err(not_an_object)?;
        let name = name.as_str().ok_or(ConversionFailure::NotJson(
            "the name of a member is not a text",
        ))?;
        take(room, name.len())?;
        members.push((name.to_owned(), convert(&member, room, levels_left)?));
    }
    Ok(members)
}

fn take(room: &mut usize, bytes: usize) -> Converted<()> {
    *room = room.checked_sub(bytes).ok_or(ConversionFailure::TooLong)?;
    Ok(())
}

/// A number as JSON text; a computed number that is whole has no fraction: 4900 / 100 is `49`.
fn number_text(value: &Value) -> Result<String, ConversionFailure> {
    if value.is_integer() {
        return Ok(value.to_string());
    }
    let float =
        f64::try_from(value.clone()).map_err(|_| ConversionFailure::NotJson("not a number"))?;
    if float.fract() == 0.0 && float.abs() < 1e15 {
        return Ok(format!("{:.0}", float + 0.0));
    }
    serde_json::Number::from_f64(float)
        .map(|number| number.to_string())
        .ok_or(ConversionFailure::NotJson("not a finite number"))
}

//! What a call sent, and which of it are fields that we know. Forms, multipart forms and JSON
//! objects come down to one [`CallPayload`].

mod places;

use domain::{
    Email, FieldError, Invalid,
    incoming::{CallFields, FIELDS, FieldMap, Person},
};
use serde_json::{Map, Value};

pub(super) use places::{Places, json_object};

/// How deep an address is looked for in order to hint at it.
const HINT_DEPTH: usize = 6;

/// A call's body in whichever format.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CallPayload {
    /// Pairs in their order; names may be nested in brackets (`customer[email]`).
    Form(Vec<(String, String)>),
    Json(Map<String, Value>),
}

/// What was found for a field.
enum FieldValue {
    Absent,
    Text(String),
    /// Something that is no single value.
    NotOne,
}

impl CallPayload {
    /// The person of the call.
    ///
    /// # Errors
    /// Every field that is wrong, named where it was looked for: in JSON by its pointer, in a form
    /// by the field's name.
    pub(crate) fn person(&self, map: &FieldMap, max_bytes: usize) -> Result<Person, Invalid> {
        let places = Places::of(self, map);
        let person = self.read(&places, max_bytes).and_then(CallFields::check);
        person.map_err(|mut invalid| {
            self.hint(&mut invalid);
            invalid.moved(|name| self.shown(places.pointer(name)))
        })
    }

    /// A pointer as the sender would write it.
    fn shown(&self, pointer: &str) -> String {
        match self {
            Self::Form(_) => form_name(pointer),
            Self::Json(_) => pointer.to_owned(),
        }
    }

    /// When no address was found, says where one seems to be.
    fn hint(&self, invalid: &mut Invalid) {
        let is_missing = |error: &&mut FieldError| error.code == "required";
        if let Some(error) = invalid.0.iter_mut().find(is_missing)
            && let Some(pointer) = self.likely_email()
        {
            let (shown, text) = (self.shown(&pointer), &mut error.detail);
            text.push_str(&format!(" {shown} looks like one: name it as {pointer} in the field_map of the incoming webhook."));
        }
    }

    fn likely_email(&self) -> Option<String> {
        match self {
            Self::Json(members) => places::likely_email(members, HINT_DEPTH),
            Self::Form(pairs) => {
                let is_email = |value: &str| Email::parse(value).is_ok();
                let (name, _) = pairs.iter().find(|(_, value)| is_email(value))?;
                Some(places::pointer_of(name))
            }
        }
    }

    /// The known fields: where the map says, else under their own names. Everything else is
    /// ignored, because forms send much.
    ///
    /// # Errors
    /// `invalid_type` for a list, an object or several values; `too_long` beyond `max_bytes`.
    pub(super) fn read(&self, places: &Places, max_bytes: usize) -> Result<CallFields, Invalid> {
        let (mut fields, mut invalid) = (CallFields::default(), Invalid::default());
        for name in FIELDS {
            match self.at(places.pointer(name), name) {
                FieldValue::Absent => {}
                FieldValue::Text(text) if text.len() > max_bytes => {
                    invalid.push(
                        *name,
                        "too_long",
                        format!("Must have at most {max_bytes} bytes."),
                    );
                }
                FieldValue::Text(text) => fields.set(name, text),
                FieldValue::NotOne => invalid.push(*name, "invalid_type", "Must be one text."),
            }
        }
        invalid.or(fields)
    }

    /// Whether all of it means the same in every charset that matters.
    pub(super) fn is_ascii(&self) -> bool {
        match self {
            Self::Form(pairs) => pairs
                .iter()
                .all(|(name, value)| name.is_ascii() && value.is_ascii()),
            Self::Json(members) => members
                .iter()
                .all(|(name, value)| name.is_ascii() && is_ascii(value)),
        }
    }

    fn at(&self, pointer: &str, name: &str) -> FieldValue {
        match self {
            Self::Form(pairs) => match form_value(pairs, &form_name(pointer)) {
                FieldValue::Absent => in_json_field(pairs, pointer, name),
                found => found,
            },
            Self::Json(members) => text_of(json_value(members, pointer), name),
        }
    }
}

/// What is inside of a form's field that holds JSON.
fn in_json_field(pairs: &[(String, String)], pointer: &str, name: &str) -> FieldValue {
    let mut parts = pointer.splitn(3, '/').skip(1);
    let (Some(field), Some(rest)) = (parts.next(), parts.next()) else {
        return FieldValue::Absent;
    };
    match places::json_field(pairs, &field.replace("~1", "/").replace("~0", "~")) {
        Some(members) => text_of(json_value(&members, &format!("/{rest}")), name),
        None => FieldValue::Absent,
    }
}

fn text_of(value: Option<&Value>, name: &str) -> FieldValue {
    match value {
        None | Some(Value::Null) => FieldValue::Absent,
        Some(Value::String(text)) => FieldValue::Text(text.clone()),
        // A float is not printed as it was written, and a password must be kept byte for byte.
        Some(Value::Number(number)) if number.is_f64() && is_password(name) => FieldValue::NotOne,
        Some(Value::Number(number)) => FieldValue::Text(number.to_string()),
        Some(Value::Bool(value)) => FieldValue::Text(value.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => FieldValue::NotOne,
    }
}

fn is_ascii(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_ascii(),
        Value::Array(items) => items.iter().all(is_ascii),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| name.is_ascii() && is_ascii(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether a field carries a password.
pub(super) fn is_password(name: &str) -> bool {
    matches!(name, "user_pass" | "user_password")
}

/// The last of several values of one name wins; `name[]` and `name[x]` are no single value.
fn form_value(pairs: &[(String, String)], name: &str) -> FieldValue {
    let is_nested = |key: &str| {
        key.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('['))
    };
    if pairs.iter().any(|(key, _)| is_nested(key)) {
        return FieldValue::NotOne;
    }
    pairs
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map_or(FieldValue::Absent, |(_, value)| {
            FieldValue::Text(value.clone())
        })
}

fn json_value<'a>(members: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let mut tokens = tokens(pointer);
    let first = members.get(&tokens.next()?)?;
    tokens.try_fold(first, |value, token| match value {
        Value::Object(members) => members.get(&token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    })
}

/// `/customer/email` as forms write it: `customer[email]`.
pub(super) fn form_name(pointer: &str) -> String {
    let mut tokens = tokens(pointer);
    // A pointer of a field map has at least one token; no token is the name "".
    let first = tokens.next().unwrap_or_default();
    tokens.fold(first, |name, token| format!("{name}[{token}]"))
}

/// The reference tokens of a JSON pointer (RFC 6901).
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests;

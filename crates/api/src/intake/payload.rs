//! What a call sent, and which of it are fields that we know. Forms, multipart forms and JSON
//! objects come down to one [`CallPayload`].

use std::borrow::Cow;

use domain::{
    Invalid,
    incoming::{CallFields, FIELDS, FieldMap, Person},
};
use serde_json::{Map, Value};

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
        let person = self.fields(map, max_bytes).and_then(CallFields::check);
        person.map_err(|invalid| invalid.moved(|name| self.place(map, name)))
    }

    fn place(&self, map: &FieldMap, name: &str) -> String {
        match self {
            Self::Form(_) => form_name(&pointer(map, name)),
            Self::Json(_) => pointer(map, name).into_owned(),
        }
    }

    /// The known fields: where the map says, else under their own names. Everything else is
    /// ignored, because forms send much.
    ///
    /// # Errors
    /// `invalid_type` for a list, an object or several values; `too_long` beyond `max_bytes`.
    pub(super) fn fields(&self, map: &FieldMap, max_bytes: usize) -> Result<CallFields, Invalid> {
        let (mut fields, mut invalid) = (CallFields::default(), Invalid::default());
        for name in FIELDS {
            match self.at(&pointer(map, name), name) {
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
            Self::Form(pairs) => form_value(pairs, &form_name(pointer)),
            Self::Json(members) => match json_value(members, pointer) {
                None | Some(Value::Null) => FieldValue::Absent,
                Some(Value::String(text)) => FieldValue::Text(text.clone()),
                // A float is not printed as it was written, and a password must be kept byte for
                // byte.
                Some(Value::Number(number)) if number.is_f64() && is_password(name) => {
                    FieldValue::NotOne
                }
                Some(Value::Number(number)) => FieldValue::Text(number.to_string()),
                Some(Value::Bool(value)) => FieldValue::Text(value.to_string()),
                Some(Value::Array(_) | Value::Object(_)) => FieldValue::NotOne,
            },
        }
    }
}

/// Where a field is looked for.
fn pointer<'m>(map: &'m FieldMap, name: &str) -> Cow<'m, str> {
    map.get(name)
        .map_or_else(|| format!("/{name}").into(), Cow::from)
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
mod tests {
    use super::*;
    use serde_json::json;

    fn form(pairs: &[(&str, &str)]) -> CallPayload {
        CallPayload::Form(
            pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect(),
        )
    }

    fn json_of(value: Value) -> CallPayload {
        match value {
            Value::Object(members) => CallPayload::Json(members),
            _ => unreachable!("tests send objects"),
        }
    }

    fn map(pairs: &[(&str, &str)]) -> FieldMap {
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    fn problems(sent: &CallPayload, map: &FieldMap) -> Vec<(String, &'static str)> {
        sent.person(map, 100)
            .unwrap_err()
            .0
            .into_iter()
            .map(|e| (e.pointer, e.code))
            .collect()
    }

    #[test]
    fn forms_and_json_say_the_same() {
        let by_form = form(&[
            ("email", "old@b.org"),
            ("email", "a@b.org"),
            ("user_login", "7"),
            ("x", "y"),
        ]);
        let by_json =
            json_of(json!({"email": "a@b.org", "user_login": 7, "first_name": null, "x": [1]}));
        for sent in [by_form, by_json] {
            let fields = sent.fields(&FieldMap::new(), 100).unwrap();
            assert_eq!(
                (
                    fields.email.as_deref(),
                    fields.user_login.as_deref(),
                    fields.first_name
                ),
                (Some("a@b.org"), Some("7"), None)
            );
        }
    }

    #[test]
    fn several_values_are_refused_and_sizes_bounded() {
        let none = FieldMap::new();
        assert_eq!(
            problems(&form(&[("email[]", "a@b.org")]), &none),
            [("email".into(), "invalid_type")]
        );
        assert_eq!(
            problems(&json_of(json!({"email": ["a@b.org"]})), &none),
            [("/email".into(), "invalid_type")]
        );
        assert_eq!(
            problems(&json_of(json!({"user_pass": 1e30})), &none),
            [("/user_pass".into(), "invalid_type")]
        );
        assert_eq!(
            problems(&form(&[("last_name", &"x".repeat(101))]), &none),
            [("last_name".into(), "too_long")]
        );
        assert!(
            form(&[("unknown", &"x".repeat(101)), ("emails[]", "x")])
                .fields(&none, 100)
                .is_ok()
        );
    }

    #[test]
    fn a_field_map_reads_nested_json_and_bracket_names() {
        let map = map(&[
            ("email", "/customer/email"),
            ("first_name", "/items/1/a~1b"),
        ]);
        let by_json = json_of(
            json!({"email": "no@b.org", "customer": {"email": "a@b.org"}, "items": [0, {"a/b": "Ines"}]}),
        );
        let by_form = form(&[
            ("email", "no@b.org"),
            ("customer[email]", "a@b.org"),
            ("items[1][a/b]", "Ines"),
        ]);
        for sent in [by_json, by_form] {
            let fields = sent.fields(&map, 100).unwrap();
            assert_eq!(
                (fields.email.as_deref(), fields.first_name.as_deref()),
                (Some("a@b.org"), Some("Ines"))
            );
        }
        assert_eq!(
            problems(&json_of(json!({"email": "no@b.org"})), &map),
            [("/customer/email".into(), "required")]
        );
        assert_eq!(
            problems(&form(&[("email", "no@b.org")]), &map),
            [("customer[email]".into(), "required")]
        );
    }
}

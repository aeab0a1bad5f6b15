//! Where the fields of a call are: where the field map says, else under their documented names, in
//! any case, at the top or inside of one wrapping object.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    Email,
    incoming::{FIELDS, FieldMap},
};
use serde_json::{Map, Value};

use super::CallPayload;

/// Names of objects that wrap all that is sent.
const WRAPPERS: &[&str] = &["data", "payload", "body"];

/// For each documented name a JSON pointer into what was sent.
pub(in crate::intake) struct Places(BTreeMap<&'static str, String>);

impl Places {
    /// Where the fields are. One object has them all: the first that has an e-mail address, so that
    /// no field is taken from somebody else's.
    pub(in crate::intake) fn of(sent: &CallPayload, map: &FieldMap) -> Self {
        let is_email = |name: &String| name.eq_ignore_ascii_case("email");
        let top = names(sent, None);
        let inner = |wrapper: &str| names(sent, Some(wrapper));
        let wrapper = if map.contains_key("email") || top.iter().any(is_email) {
            None
        } else {
            let as_sent = |wrapper: &&str| {
                let mut names = top.iter();
                names.find(|name| name.eq_ignore_ascii_case(wrapper))
            };
            let mut wrappers = WRAPPERS.iter().filter_map(as_sent);
            wrappers.find(|wrapper| inner(wrapper).iter().any(is_email))
        };
        let (prefix, names) = match wrapper {
            Some(wrapper) => (format!("/{}", token(wrapper)), inner(wrapper)),
            None => (String::new(), top),
        };
        let place = |field: &'static str| match map.get(field) {
            Some(pointer) => pointer.clone(),
            None => format!("{prefix}/{}", token(spelt(field, &names))),
        };
        Self(FIELDS.iter().map(|field| (*field, place(field))).collect())
    }

    /// The place of a field.
    pub(super) fn pointer(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
}

/// How a documented name is spelt here; as documented if it can be.
fn spelt<'n>(field: &'n str, names: &'n [String]) -> &'n str {
    let is_exact = names.iter().any(|name| name == field);
    let other = || names.iter().rfind(|name| name.eq_ignore_ascii_case(field));
    if is_exact {
        field
    } else {
        other().map_or(field, String::as_str)
    }
}

/// A name as a reference token of a JSON pointer (RFC 6901).
fn token(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        name.replace('~', "~0").replace('/', "~1").into()
    } else {
        name.into()
    }
}

/// The names of what was sent, at the top or within `wrapper`.
fn names(sent: &CallPayload, wrapper: Option<&str>) -> Vec<String> {
    let keys = |members: &Map<String, Value>| members.keys().cloned().collect();
    match (sent, wrapper) {
        (CallPayload::Json(members), None) => keys(members),
        (CallPayload::Json(members), Some(wrapper)) => match members.get(wrapper) {
            Some(Value::Object(inner)) => keys(inner),
            _ => Vec::new(),
        },
        (CallPayload::Form(pairs), None) => pairs
            .iter()
            .map(|(name, _)| before_bracket(name).to_owned())
            .collect(),
        (CallPayload::Form(pairs), Some(wrapper)) => {
            let nested = pairs.iter().filter_map(|(name, _)| {
                let inner = name.strip_prefix(wrapper)?.strip_prefix('[')?;
                Some(inner.split(']').next()?.to_owned())
            });
            let nested: Vec<String> = nested.collect();
            match json_field(pairs, wrapper) {
                Some(members) if nested.is_empty() => keys(&members),
                _ => nested,
            }
        }
    }
}

fn before_bracket(name: &str) -> &str {
    name.split_once('[').map_or(name, |(before, _)| before)
}

/// The object that a form's field holds as JSON.
pub(super) fn json_field(pairs: &[(String, String)], name: &str) -> Option<Map<String, Value>> {
    let (_, value) = pairs.iter().rfind(|(key, _)| key == name)?;
    json_object(value.as_bytes())
}

/// A text that is a JSON object; other texts cost a look at their first letter.
pub(in crate::intake) fn json_object(text: &[u8]) -> Option<Map<String, Value>> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// The pointer of the first text that is an e-mail address, at most `depth` levels deep.
pub(super) fn likely_email(members: &Map<String, Value>, depth: usize) -> Option<String> {
    let mut members = members.iter();
    members.find_map(|(name, value)| likely_in(name, value, depth))
}

fn likely_in(name: &str, value: &Value, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let rest = match value {
        Value::String(text) => Email::parse(text).is_ok().then(String::new),
        Value::Object(members) => likely_email(members, depth),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(i, item)| likely_in(&i.to_string(), item, depth))
        }
        _ => None,
    };
    rest.map(|rest| format!("/{}{rest}", token(name)))
}

/// `customer[email]`, a form's name, as a pointer.
pub(super) fn pointer_of(name: &str) -> String {
    let tokens = name.split('[').map(|part| part.trim_end_matches(']'));
    tokens.map(|part| format!("/{}", token(part))).collect()
}

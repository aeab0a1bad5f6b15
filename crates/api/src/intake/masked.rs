//! What of a call is kept in its log: never a password, never without bound.

use domain::incoming::{FIELDS, FieldMap};
use serde_json::{Map, Value};

use super::payload::{CallPayload, form_name, is_password, json_object, tokens};

const MASK: &str = "***";
/// Most bytes of all names and values that are kept.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// How deep what is kept may be nested: its readers have limits of their own.
pub(super) const MAX_DEPTH: usize = 32;
/// Most characters of one text.
const MAX_TEXT: usize = 500;

/// Parts of names behind which a secret is to be expected.
const SECRET_NAMES: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "authorization",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "card",
    "cvc",
    "cvv",
    "iban",
    "ssn",
];

impl CallPayload {
    /// The body with secrets masked, long texts cut and the rest left out when it is much.
    pub(crate) fn masked(&self, map: &FieldMap) -> Value {
        let mut budget = MAX_BYTES;
        let passwords = || {
            FIELDS
                .iter()
                .filter(|name| is_password(name))
                .filter_map(|name| map.get(*name))
        };
        match self {
            Self::Form(pairs) => {
                let hidden: Vec<String> = passwords().map(|pointer| form_name(pointer)).collect();
                let is_hidden = |name: &str| {
                    is_secret(name)
                        || hidden.iter().any(|h| {
                            name.strip_prefix(h.as_str())
                                .is_some_and(|r| r.is_empty() || r.starts_with('['))
                        })
                };
                let mut kept = Map::new();
                for (name, value) in pairs {
                    // JSON in a field may hold what its own names mark as secret.
                    if !is_hidden(name)
                        && let Some(members) = json_object(value.as_bytes())
                    {
                        if !take(&mut budget, name.len() + 8) {
                            break;
                        }
                        let mut whole =
                            Value::from(Map::from_iter([(name.clone(), members.into())]));
                        passwords().for_each(|pointer| hide(&mut whole, pointer));
                        let value = whole.get_mut(name.as_str()).map(Value::take);
                        let value = bounded(value.unwrap_or_default(), &mut budget, MAX_DEPTH);
                        kept.insert(name.clone(), value);
                        continue;
                    }
                    let value = if is_hidden(name) {
                        MASK.to_owned()
                    } else {
                        cut(value)
                    };
                    if !take(&mut budget, name.len() + value.len()) {
                        break;
                    }
                    kept.insert(name.clone(), value.into());
                }
                kept.into()
            }
            Self::Json(members) => {
                let mut kept = Value::Object(members.clone());
                passwords().for_each(|pointer| hide(&mut kept, pointer));
                bounded(kept, &mut budget, MAX_DEPTH)
            }
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

fn hide(body: &mut Value, pointer: &str) {
    let target = tokens(pointer).try_fold(body, |value, token| match value {
        Value::Object(members) => members.get_mut(&token),
        Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
        _ => None,
    });
    if let Some(value) = target {
        *value = MASK.into();
    }
}

fn bounded(value: Value, budget: &mut usize, depth: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => "…".into(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, value) in members {
                if !take(budget, name.len() + 8) {
                    break;
                }
                let value = if is_secret(&name) {
                    MASK.into()
                } else {
                    bounded(value, budget, depth - 1)
                };
                kept.insert(name, value);
            }
            kept.into()
        }
        Value::Array(items) => {
            let mut kept = Vec::new();
            for item in items {
                if !take(budget, 8) {
                    break;
                }
                kept.push(bounded(item, budget, depth - 1));
            }
            kept.into()
        }
        Value::String(text) => {
            let text = cut(&text);
            if take(budget, text.len()) {
                text.into()
            } else {
                "…".into()
            }
        }
        other => other,
    }
}

/// Takes from what is left; once that is not enough, nothing more fits.
fn take(budget: &mut usize, bytes: usize) -> bool {
    let left = budget.checked_sub(bytes);
    *budget = left.unwrap_or(0);
    left.is_some()
}

fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(MAX_TEXT).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn json_of(value: Value) -> CallPayload {
        CallPayload::Json(value.as_object().unwrap().clone())
    }

    #[test]
    fn passwords_are_masked_wherever_they_are() {
        let map = FieldMap::from([("user_pass".into(), "/account/pin".into())]);
        let form = CallPayload::Form(
            [
                ("email", "a@b.org"),
                ("user_pass", "s3"),
                ("account[pin]", "s3"),
                ("Passwort2", "s3"),
                ("x", "1"),
            ]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into(),
        );
        assert_eq!(
            form.masked(&map),
            json!({"email":"a@b.org","user_pass":"***","account[pin]":"***","Passwort2":"***","x":"1"})
        );
        let sent = json_of(
            json!({"user_password": 12, "account": {"pin": "s3", "id": 1}, "deep": [{"api_key": {"a": "s3"}}]}),
        );
        let masked = json!({"user_password": "***", "account": {"pin": "***", "id": 1}, "deep": [{"api_key": "***"}]});
        assert_eq!(sent.masked(&map), masked);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let many: Map<String, Value> = (0..10_000)
            .map(|i| (format!("k{i}"), "v".repeat(600).into()))
            .collect();
        let masked = CallPayload::Json(many).masked(&FieldMap::new()).to_string();
        assert!(masked.len() < 2 * MAX_BYTES, "{}", masked.len());
        let pairs = (0..10_000)
            .map(|i| (format!("k{i}"), "é".repeat(600)))
            .collect();
        let masked = CallPayload::Form(pairs)
            .masked(&FieldMap::new())
            .to_string();
        assert!(masked.len() < 2 * MAX_BYTES && masked.contains("é…"));
    }
}

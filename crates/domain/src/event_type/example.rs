//! Examples of the catalogue's events.

use serde_json::{Map, Value};

use super::{Builtin, STORE};

/// Where an example's text is.
#[derive(Debug, Clone, Copy)]
pub(super) enum BuiltinExample {
    /// The store's structures, changed by the facts of the event itself.
    Store(&'static str),
    /// All of it.
    Own(&'static str),
}

impl Builtin {
    /// An example of the event's data.
    pub fn example(&self) -> Value {
        match self.example {
            BuiltinExample::Own(text) => parse(text),
            BuiltinExample::Store(facts) => {
                let mut data = parse(STORE);
                merge(&mut data, parse(facts));
                data
            }
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the texts are compiled in, and a test reads each of them"
)]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("a built-in example is JSON")
}

/// Objects merge key by key and lists entry by entry, where null removes an entry, and an empty list
/// all of them. Anything else is replaced.
pub(super) fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            from.into_iter()
                .for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
        }
        (Value::Array(into), Value::Array(from)) if !from.is_empty() => {
            *into = merged_entries(std::mem::take(into), from);
        }
        (into, from) => *into = from,
    }
}

fn merged_entries(into: Vec<Value>, from: Vec<Value>) -> Vec<Value> {
    let (mut into, mut from) = (into.into_iter(), from.into_iter());
    let mut merged = Vec::new();
    loop {
        match (into.next(), from.next()) {
            (None, None) => return merged,
            (Some(entry), None) => merged.push(entry),
            (_, Some(Value::Null)) => {}
            (entry, Some(changes)) => {
                let mut entry = entry.unwrap_or_else(|| Value::Object(Map::new()));
                merge(&mut entry, changes);
                merged.push(entry);
            }
        }
    }
}

//! The event that templates and conditions are evaluated for.

use std::sync::OnceLock;

use minijinja::Value;

use super::value;
use crate::json::ExactJson;

/// An envelope, `{id, type, timestamp, data}`, shared by everything that is computed for one event.
#[derive(Debug)]
pub struct Context {
    envelope: ExactJson,
    /// The same for minijinja, made when the first expression needs it.
    value: OnceLock<Value>,
}

impl Context {
    /// The context of an envelope.
    pub fn new(envelope: ExactJson) -> Self {
        Self {
            envelope,
            value: OnceLock::new(),
        }
    }

    /// The envelope, exactly.
    pub fn json(&self) -> &ExactJson {
        &self.envelope
    }

    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| value::from_json(&self.envelope))
    }
}

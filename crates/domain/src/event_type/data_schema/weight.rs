//! How much there is of an event's data.

use serde_json::Value;

/// What an error takes beside the names on the way to its value.
const LEVEL: usize = 128;

/// The measure of some data.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    /// Values, and the names of members.
    pub(super) nodes: usize,
    /// Bytes of texts, names included.
    pub(super) text: usize,
    /// Most bytes that it takes to say where a value is.
    pub(super) place: usize,
}

impl Weight {
    pub(super) fn of(data: &Value) -> Self {
        let mut weight = Self::default();
        weight.add(data, LEVEL);
        weight
    }

    fn add(&mut self, value: &Value, place: usize) {
        self.nodes += 1;
        self.place = self.place.max(place);
        match value {
            Value::String(text) => self.text += text.len(),
            Value::Array(items) => items.iter().for_each(|item| self.add(item, place + LEVEL)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.nodes += 1;
                    self.text += name.len();
                    self.add(value, place + LEVEL + name.len());
                }
            }
            _ => {}
        }
    }
}

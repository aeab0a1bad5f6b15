//! Events: what happened, as it travels and is stored.

mod draft;
mod source;

pub use draft::EventDraft;
pub use source::{API, BUS, COMMUNITY, Producer, SYSTEM, TEST};

use sha2::{Digest, Sha256};

use crate::{FieldError, Instant, id::EventId};

/// Most bytes of an event's data that are accepted.
pub const MAX_DATA: usize = 1024 * 1024;
/// The code of an id that stands for two events.
pub const ID_REUSED: &str = "event_id_reused";

/// What an event says: its type and data, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventContent([u8; 32]);

/// An event with its data as the bytes that came: key order and digits survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    /// Dotted, lower case: `order.paid`.
    pub kind: String,
    /// Who says so. Together with `external_id` it makes the event idempotent.
    pub source: String,
    /// The producer's own id.
    pub external_id: Option<String>,
    pub occurred_at: Instant,
    pub received_at: Instant,
    /// A JSON object.
    pub data: Vec<u8>,
}

impl Event {
    /// A new event of our own making.
    pub fn new(kind: &str, source: &str, data: &serde_json::Value, now: Instant) -> Self {
        Self {
            id: EventId::generate(),
            kind: kind.to_owned(),
            source: source.to_owned(),
            external_id: None,
            occurred_at: now,
            received_at: now,
            data: data.to_string().into_bytes(),
        }
    }

    /// Whether this is what is known of the event already: the same type and, byte for byte, the
    /// same data. Data that retention has removed (known as nothing) count as the same.
    pub fn repeats(&self, kind: &str, data: &[u8]) -> bool {
        self.kind == kind && (data.is_empty() || self.data == data)
    }

    /// A fingerprint of what [`Self::repeats`] compares.
    pub fn content(&self) -> EventContent {
        let hash = Sha256::new()
            .chain_update(&self.kind)
            .chain_update([0])
            .chain_update(&self.data);
        EventContent(hash.finalize().into())
    }

    /// Why it cannot be taken when its id is known with another type or other data.
    pub fn id_reused(&self) -> FieldError {
        let id = self.external_id.as_deref().unwrap_or_default();
        FieldError {
            pointer: "/id".into(),
            code: ID_REUSED,
            detail: format!(
                "The source \"{}\" has sent the id \"{id}\" with another type or other data before; an id stands for one event.",
                self.source
            ),
        }
    }

    /// What makes two events the same: the producer's id under its source, else our own id.
    pub fn identity(&self) -> Vec<u8> {
        match &self.external_id {
            Some(external) => [self.source.as_bytes(), &[0], external.as_bytes()].concat(),
            None => self.id.uuid().as_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use serde_json::json;

    #[test]
    fn a_repeat_has_the_same_type_and_the_same_bytes() {
        let event = Event::new("order.paid", API, &json!({"n": 1}), Clock::system().now());
        assert!(event.repeats("order.paid", br#"{"n":1}"#));
        assert!(
            event.repeats("order.paid", b""),
            "retention removed the data"
        );
        for (kind, data) in [
            ("order.paid", &br#"{"n":2}"#[..]),
            ("order.paid", br#"{"n": 1}"#),
            ("order.shipped", br#"{"n":1}"#),
            ("order.shipped", b""),
        ] {
            assert!(!event.repeats(kind, data), "{kind}");
            let other = Event {
                kind: kind.into(),
                data: data.to_vec(),
                ..event.clone()
            };
            assert_ne!(event.content(), other.content());
        }
        let again = Event {
            id: EventId::generate(),
            ..event.clone()
        };
        assert_eq!(event.content(), again.content());
    }
}

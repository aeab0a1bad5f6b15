//! Events: what happened, as it travels and is stored.

mod draft;
mod source;

pub use draft::EventDraft;
pub use source::{API, BUS, COMMUNITY, Producer, SYSTEM, TEST};

use crate::{Instant, id::EventId};

/// Most bytes of an event's data that are accepted.
pub const MAX_DATA: usize = 1024 * 1024;

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

    /// What makes two events the same: the producer's id under its source, else our own id.
    pub fn identity(&self) -> Vec<u8> {
        match &self.external_id {
            Some(external) => [self.source.as_bytes(), &[0], external.as_bytes()].concat(),
            None => self.id.uuid().as_bytes().to_vec(),
        }
    }
}

//! What a message on the bus says: our own events, the plain form, and CloudEvents 1.0.

mod cloud;
mod own;

use chrono::DateTime;
use domain::{
    Instant, Invalid,
    event::{Event, EventDraft, MAX_DATA, Producer},
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::source::arrival::Origin;

pub(super) use own::outbound;

/// Most bytes of a message: its data and room for the rest.
const MAX_BODY: usize = MAX_DATA + 64 * 1024;
/// Longest reason that is written to a dead letter.
const MAX_REASON: usize = 500;
/// The header of a dead letter that says why it is one.
pub(super) const REASON: &str = "hookyard-reason";

/// A message on its way out.
pub(super) struct OutboundMessage {
    pub(super) routing_key: ShortString,
    pub(super) properties: BasicProperties,
    pub(super) body: Vec<u8>,
}

/// A message that is not an event.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct UnreadableMessage {
    /// Stable, snake_case.
    pub code: &'static str,
    pub detail: String,
}

impl UnreadableMessage {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl From<Invalid> for UnreadableMessage {
    fn from(invalid: Invalid) -> Self {
        let code = invalid.0.first().map_or("invalid", |error| error.code);
        Self::new(code, invalid.sentences())
    }
}

/// Reads a message in whatever form it has.
pub(super) fn read(
    properties: &BasicProperties,
    body: &[u8],
    now: Instant,
) -> Result<(Event, Origin), UnreadableMessage> {
    if body.len() > MAX_BODY {
        return Err(UnreadableMessage::new(
            "too_large",
            format!("The message is longer than {MAX_BODY} bytes."),
        ));
    }
    let content_type = properties
        .content_type()
        .as_ref()
        .map_or("", ShortString::as_str);
    if let Some(id) = own::id(properties) {
        return Ok((own::read(properties, &id, body, now)?, Origin::Own));
    }
    let event = if media_type(content_type) == "application/cloudevents+json" {
        cloud::read_structured(body, now)
    } else if cloud::is_binary(properties) {
        cloud::read_binary(properties, body, now)
    } else {
        read_plain(
            body,
            properties.message_id().as_ref().map(ShortString::as_str),
            now,
        )
    };
    Ok((event?, Origin::Bus))
}

/// Reads an event's plain envelope; the id may also be the `message_id` property.
pub(super) fn read_plain(
    body: &[u8],
    message_id: Option<&str>,
    now: Instant,
) -> Result<Event, UnreadableMessage> {
    let mut draft = EventDraft::parse(body, Producer::Bus)?;
    draft.id = draft.id.or_else(|| message_id.map(str::to_owned));
    Ok(draft.check(Producer::Bus, now)?)
}

/// The message as a dead letter: as it was, with the reason in a header.
pub(super) fn dead_letter(
    routing_key: ShortString,
    properties: BasicProperties,
    body: Vec<u8>,
    why: &UnreadableMessage,
) -> OutboundMessage {
    // A message without headers has an empty table.
    let mut headers = properties.headers().clone().unwrap_or_default();
    let reason: String = why.to_string().chars().take(MAX_REASON).collect();
    headers.insert(REASON.into(), AMQPValue::LongString(reason.into()));
    OutboundMessage {
        routing_key,
        properties: properties.with_headers(headers),
        body,
    }
}

/// An event that can never be recorded, as a dead letter: what its message said, with the reason.
pub(super) fn refused(event: &Event, reason: &str) -> OutboundMessage {
    let id = event.external_id.clone();
    let id = id.unwrap_or_else(|| event.id.to_string());
    let mut headers = FieldTable::default();
    let reason: String = reason.chars().take(MAX_REASON).collect();
    headers.insert(REASON.into(), AMQPValue::LongString(reason.into()));
    OutboundMessage {
        routing_key: own::routing_key(event),
        properties: BasicProperties::default()
            .with_content_type("application/json".into())
            .with_headers(headers),
        body: own::body(event, &id),
    }
}

fn media_type(content_type: &str) -> String {
    let (media_type, _parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    media_type.trim().to_ascii_lowercase()
}

/// A header's text, if it has this header and it is one.
fn header(headers: &FieldTable, name: &str) -> Option<String> {
    match headers.inner().get(name)? {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).ok(),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        // How some clients write an instant: whole seconds.
        AMQPValue::Timestamp(seconds) => i64::try_from(*seconds)
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(|at| at.to_rfc3339()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

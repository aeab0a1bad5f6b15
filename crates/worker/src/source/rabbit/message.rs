//! What a message on the bus says: our own events, the plain form, and CloudEvents 1.0.

mod cloud;
mod own;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{
    Instant, Invalid,
    event::{BUS, Event, EventInput, MAX_DATA},
    event_type::canonical,
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::publisher::Outbound;
use crate::source::arrival::Origin;

pub(super) use own::outbound;

/// Most bytes of a message: its data and room for the rest.
const MAX_BODY: usize = MAX_DATA + 64 * 1024;
/// Longest reason that is written to a dead letter.
const MAX_REASON: usize = 500;
/// The header of a dead letter that says why it is one.
pub(super) const REASON: &str = "hookyard-reason";

/// A message that is not an event.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Unreadable {
    /// Stable, snake_case.
    pub code: &'static str,
    pub detail: String,
}

impl Unreadable {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    fn json(error: &serde_json::Error) -> Self {
        Self::new("invalid_json", error.to_string())
    }
}

impl From<Invalid> for Unreadable {
    fn from(invalid: Invalid) -> Self {
        let details: Vec<_> = invalid
            .0
            .iter()
            .map(|error| format!("{}: {}", error.pointer, error.detail))
            .collect();
        Self::new(
            invalid.0.first().map_or("invalid", |error| error.code),
            details.join(" "),
        )
    }
}

/// Reads a message in whatever form it has.
pub(super) fn read(
    properties: &BasicProperties,
    body: &[u8],
    now: Instant,
) -> Result<(Event, Origin), Unreadable> {
    if body.len() > MAX_BODY {
        return Err(Unreadable::new(
            "too_large",
            format!("The message has more than {MAX_BODY} bytes."),
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

#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    occurred_at: Option<DateTime<Utc>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads `{"id"?, "type", "occurred_at"?, "source"?, "data": {…}}`; the id may also be the
/// `message_id` property.
pub(super) fn read_plain(
    body: &[u8],
    message_id: Option<&str>,
    now: Instant,
) -> Result<Event, Unreadable> {
    let plain: Plain<'_> =
        serde_json::from_slice(body).map_err(|error| Unreadable::json(&error))?;
    let input = EventInput {
        kind: canonical(&plain.kind),
        source: plain.source.as_deref(),
        external_id: plain.id.as_deref().or(message_id),
        occurred_at: plain.occurred_at,
        data: plain.data,
    };
    Ok(input.check(BUS, now)?)
}

/// The message as a dead letter: as it was, with the reason in a header.
pub(super) fn dead_letter(
    routing_key: ShortString,
    properties: BasicProperties,
    body: Vec<u8>,
    why: &Unreadable,
) -> Outbound {
    let mut headers = properties.headers().clone().unwrap_or_default();
    let reason: String = why.to_string().chars().take(MAX_REASON).collect();
    headers.insert(REASON.into(), AMQPValue::LongString(reason.into()));
    Outbound {
        routing_key,
        properties: properties.with_headers(headers),
        body,
    }
}

fn media_type(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
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

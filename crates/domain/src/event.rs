//! Events: what happened, as it travels and is stored.

use serde_json::value::RawValue;

use crate::{Instant, Invalid, id::EventId, json::Json};

/// The source of the community's own events.
pub const COMMUNITY: &str = "community";
/// The source of events that come through `POST /v1/events` and name none.
pub const API: &str = "api";
/// The source of bus messages that name none.
pub const BUS: &str = "bus";
/// The source of what Hookyard says about itself.
pub const SYSTEM: &str = "hookyard";
/// The source of examples by which somebody tries a feed out.
pub const TEST: &str = "hookyard.test";

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

/// The fields of an event that a producer sends, not yet checked.
#[derive(Debug)]
pub struct EventInput<'a> {
    pub kind: &'a str,
    pub source: Option<&'a str>,
    pub external_id: Option<&'a str>,
    pub occurred_at: Option<Instant>,
    pub data: &'a RawValue,
}

impl EventInput<'_> {
    /// Checks the fields and makes the event that was received at `now`.
    ///
    /// # Errors
    /// Every field that is wrong; pointers are relative to the event's object.
    pub fn check(self, default_source: &str, now: Instant) -> Result<Event, Invalid> {
        let mut invalid = Invalid::default();
        if !is_type_name(self.kind) {
            invalid.push(
                "/type",
                "invalid_type",
                "Use 1 to 100 of a-z, 0-9, _ and - in words joined by dots.",
            );
        }
        if self.source.is_some_and(|source| !is_plain(source, 100)) {
            invalid.push(
                "/source",
                "invalid_source",
                "Use 1 to 100 printable characters.",
            );
        }
        if self.external_id.is_some_and(|id| !is_plain(id, 200)) {
            invalid.push("/id", "invalid_id", "Use 1 to 200 printable characters.");
        }
        let data = self.data.get().trim();
        if !data.starts_with('{') {
            invalid.push("/data", "not_an_object", "Must be a JSON object.");
        }
        if data.len() > MAX_DATA {
            invalid.push("/data", "too_large", "Must have at most 1 MiB.");
        }
        if let Some(detail) = depth_problem(data) {
            invalid.push("/data", "too_deep", detail);
        } else if data.contains("\\u") && Json::parse(data.as_bytes()).is_err() {
            // Escapes are what the JSON reader has not looked into: a lone surrogate is no text
            // (RFC 8259, 8.2).
            invalid.push(
                "/data",
                "invalid_escape",
                "Contains a \\u escape that is not a character.",
            );
        }
        invalid.or(Event {
            id: EventId::generate(),
            kind: self.kind.to_owned(),
            source: self.source.unwrap_or(default_source).to_owned(),
            external_id: self.external_id.map(str::to_owned),
            occurred_at: self.occurred_at.map_or(now, crate::clock::to_micros),
            received_at: now,
            data: data.as_bytes().to_vec(),
        })
    }
}

/// Whether a text can be the name of an event type.
pub fn is_type_name(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    text.len() <= 100 && text.split('.').all(word)
}

fn is_plain(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Nesting of valid JSON, counted without building it.
fn depth_problem(json: &str) -> Option<&'static str> {
    const MAX_DEPTH: usize = 64;
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some("Must not nest deeper than 64.");
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(data: &RawValue) -> EventInput<'_> {
        EventInput {
            kind: "order.paid",
            source: None,
            external_id: None,
            occurred_at: None,
            data,
        }
    }

    #[test]
    fn data_keeps_its_bytes() {
        let raw: Box<RawValue> = serde_json::from_str(r#"{"z":1.10, "a":1e21}"#).unwrap();
        let event = input(&raw).check(API, Instant::UNIX_EPOCH).unwrap();
        assert_eq!(event.data, br#"{"z":1.10, "a":1e21}"#);
        assert_eq!(
            (event.source.as_str(), event.occurred_at),
            ("api", Instant::UNIX_EPOCH)
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let raw: Box<RawValue> = serde_json::from_str("[1]").unwrap();
        let input = EventInput {
            kind: "Order Paid",
            source: Some(""),
            external_id: Some("a\nb"),
            ..input(&raw)
        };
        let pointers: Vec<_> = input
            .check(API, Instant::UNIX_EPOCH)
            .unwrap_err()
            .0
            .into_iter()
            .map(|e| e.pointer)
            .collect();
        assert_eq!(pointers, ["/type", "/source", "/id", "/data"]);
    }

    #[test]
    fn nesting_is_bounded_and_strings_do_not_count() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        for (text, good) in [
            (nested(63), true),
            (nested(64), false),
            (format!("{{\"a\":\"{}\"}}", "[".repeat(99)), true),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(&text).unwrap();
            assert_eq!(input(&raw).check(API, Instant::UNIX_EPOCH).is_ok(), good);
        }
    }

    #[test]
    fn lone_surrogates_are_refused() {
        for (text, good) in [
            (r#"{"a":"\ud83c\udf89"}"#, true),
            (r#"{"a":"\ud83c"}"#, false),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            assert_eq!(
                input(&raw).check(API, Instant::UNIX_EPOCH).is_ok(),
                good,
                "{text}"
            );
        }
    }

    #[test]
    fn the_identity_is_the_producer_s_when_there_is_one() {
        let raw: Box<RawValue> = serde_json::from_str("{}").unwrap();
        let keyed = || {
            EventInput {
                source: Some("shop"),
                external_id: Some("9041"),
                ..input(&raw)
            }
            .check(API, Instant::UNIX_EPOCH)
        };
        assert_eq!(keyed().unwrap().identity(), keyed().unwrap().identity());
        let plain = || input(&raw).check(API, Instant::UNIX_EPOCH);
        assert_ne!(plain().unwrap().identity(), plain().unwrap().identity());
    }
}

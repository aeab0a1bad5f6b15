//! What a producer says of an event, and what makes it acceptable: one envelope, however it comes.

use serde_json::value::RawValue;

use super::{Event, MAX_DATA, source::Producer};
use crate::{
    Instant, Invalid,
    clock::{is_recordable, to_micros},
    event_type::{canonical, is_own, is_type_name},
    id::EventId,
    json::{ExactJson, MAX_DEPTH, ObjectFields, nests_within},
};

/// Most bytes of a source, and of a producer's own id.
const MAX_SOURCE: usize = 100;
const MAX_ID: usize = 200;

/// An event as a producer sends it, read but not checked:
/// `{"id"?, "type", "occurred_at"?, "source"?, "data"}`.
#[derive(Debug, Clone)]
pub struct EventDraft {
    /// A name or alias of the catalogue.
    pub kind: String,
    pub source: Option<String>,
    /// The producer's own id.
    pub id: Option<String>,
    pub occurred_at: Option<Instant>,
    /// Kept as it was written: the order of keys and the digits of numbers reach the receivers.
    pub data: Box<RawValue>,
}

impl EventDraft {
    /// Reads the envelope.
    ///
    /// # Errors
    /// `invalid_json`, or every field that is missing, of the wrong type, given twice or, for a
    /// producer that should know better, unknown. Pointers are relative to the event's object.
    pub fn parse(json: &[u8], producer: Producer) -> Result<Self, Invalid> {
        let mut fields = ObjectFields::read(json)?;
        let (kind, data) = (fields.required_text("type"), fields.required_raw("data"));
        let (source, id) = (fields.text("source"), fields.text("id"));
        let occurred_at = fields.instant("occurred_at");
        if producer.is_strict() {
            fields.refuse_the_rest();
        }
        fields.or(kind.zip(data).map(|(kind, data)| Self {
            kind,
            source,
            id,
            occurred_at,
            data: data.to_owned(),
        }))
    }

    /// Checks the fields and makes the event that was received at `now`. Whether its type is in the
    /// catalogue, and its data keep to a schema, is for the caller to say.
    ///
    /// # Errors
    /// Every field that is wrong; pointers are relative to the event's object.
    pub fn check(self, producer: Producer, now: Instant) -> Result<Event, Invalid> {
        let mut invalid = Invalid::default();
        let kind = canonical(&self.kind);
        if !is_type_name(kind) {
            let detail = "Use 1 to 100 characters: words of a-z, 0-9, _ and -, joined by dots.";
            invalid.push("/type", "invalid_type", detail);
        } else if producer != Producer::Relay && is_own(kind) {
            let detail = format!("Only Hookyard itself says \"{kind}\"; use a type of your own.");
            invalid.push("/type", "reserved_event_type", detail);
        }
        let source = invalid.take(source_of(self.source, producer));
        if self.id.as_deref().is_some_and(|id| !is_plain(id, MAX_ID)) {
            invalid.push("/id", "invalid_id", "Use 1 to 200 printable characters.");
        }
        if self.occurred_at.is_none() && producer == Producer::Relay {
            invalid.push("/occurred_at", "required", "This field is required.");
        }
        if self.occurred_at.is_some_and(|at| !is_recordable(at)) {
            let detail = "Must be within the years 1970 to 9999 (UTC).";
            invalid.push("/occurred_at", "out_of_range", detail);
        }
        check_data(self.data.get(), &mut invalid);
        let event = source.map(|source| Event {
            id: EventId::generate(),
            kind: kind.to_owned(),
            source,
            external_id: self.id,
            occurred_at: self.occurred_at.map_or(now, to_micros),
            received_at: now,
            data: Box::<str>::from(self.data).into_boxed_bytes().into_vec(),
        });
        match event {
            Some(event) => invalid.or(event),
            None => Err(invalid),
        }
    }
}

/// The source that an event names, or its producer's.
fn source_of(named: Option<String>, producer: Producer) -> Result<String, Invalid> {
    let wrong = |code, detail| Err(Invalid::one("/source", code, detail));
    match (named, producer.default_source()) {
        (Some(source), _) if !is_plain(&source, MAX_SOURCE) => {
            wrong("invalid_source", "Use 1 to 100 printable characters.")
        }
        (Some(source), _) if !producer.may_name(&source) => wrong(
            "reserved_source",
            "Only Hookyard itself uses this source; name your own.",
        ),
        (Some(source), _) => Ok(source),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => wrong("required", "This field is required."),
    }
}

fn is_plain(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// `data` is valid JSON, but for its escapes: nobody looked into them yet.
fn check_data(data: &str, invalid: &mut Invalid) {
    let mut wrong = |code, detail: &str| invalid.push("/data", code, detail);
    if !data.starts_with('{') {
        wrong("not_an_object", "Must be a JSON object.");
    }
    if data.len() > MAX_DATA {
        wrong("too_large", "Must be at most 1 MiB.");
    }
    if !nests_within(data, MAX_DEPTH) {
        wrong("too_deep", "Must not be nested deeper than 64 levels.");
    } else if data.contains("\\u") && ExactJson::parse(data.as_bytes()).is_err() {
        // A lone surrogate is no text (RFC 8259, 8.2).
        wrong(
            "invalid_escape",
            "Contains a \\u escape that is not a character.",
        );
    }
}

#[cfg(test)]
mod tests;

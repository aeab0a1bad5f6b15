//! CloudEvents 1.0: structured (JSON event format) and binary (attributes in headers, AMQP protocol
//! binding).

use chrono::{DateTime, Utc};
use domain::{
    Instant,
    event::{Event, EventDraft, Producer},
    json::ObjectFields,
};
use lapin::{
    BasicProperties,
    types::{FieldTable, ShortString},
};
use serde_json::value::RawValue;

use super::{UnreadableMessage, header, media_type};

/// Both spellings of the binding; some clients cannot write a colon.
const PREFIXES: [&str; 2] = ["cloudEvents:", "cloudEvents_"];
/// An event without data has an empty object.
const NO_DATA: &[u8] = b"{}";

/// Attributes that we do not know belong to extensions, and are nobody's mistake.
pub(super) fn read_structured(body: &[u8], now: Instant) -> Result<Event, UnreadableMessage> {
    let mut fields = ObjectFields::read(body)?;
    let version = fields.required_text("specversion");
    let content_type = fields.text("datacontenttype");
    let base64 = fields.raw("data_base64").filter(is_given);
    let kind = fields.required_text("type");
    let (source, id) = (fields.required_text("source"), fields.required_text("id"));
    let (occurred_at, data) = (fields.instant("time"), fields.raw("data").filter(is_given));
    let (version, kind) = fields.or(version.zip(kind))?;
    check_version(&version)?;
    check_json(content_type.as_deref())?;
    if base64.is_some() {
        return Err(UnreadableMessage::new(
            "unsupported_data",
            "data_base64 is not supported; send data as a JSON object.",
        ));
    }
    let draft = EventDraft {
        kind,
        source,
        id,
        occurred_at,
        data: data.map_or_else(|| json(NO_DATA), |data| Ok(data.to_owned()))?,
    };
    check(draft, now)
}

/// Checks the draft; what is wrong is named as CloudEvents name it.
fn check(draft: EventDraft, now: Instant) -> Result<Event, UnreadableMessage> {
    let checked = draft.check(Producer::Bus, now);
    let attribute = |pointer: &str| pointer.replace("/occurred_at", "/time");
    Ok(checked.map_err(|invalid| invalid.moved(attribute))?)
}

/// Whether the headers hold a CloudEvent's attributes.
pub(super) fn is_binary(properties: &BasicProperties) -> bool {
    properties
        .headers()
        .as_ref()
        .is_some_and(|headers| attribute(headers, "specversion").is_some())
}

pub(super) fn read_binary(
    properties: &BasicProperties,
    body: &[u8],
    now: Instant,
) -> Result<Event, UnreadableMessage> {
    let headers = properties.headers().clone().unwrap_or_default();
    let required = |name: &str| {
        attribute(&headers, name).ok_or_else(|| {
            UnreadableMessage::new(
                "invalid_cloudevent",
                format!("The attribute {name} is missing or is not a string."),
            )
        })
    };
    check_version(&required("specversion")?)?;
    check_json(properties.content_type().as_ref().map(ShortString::as_str))?;
    let (id, source, kind) = (required("id")?, required("source")?, required("type")?);
    let time = match attribute(&headers, "time") {
        Some(time) => Some(time.parse::<DateTime<Utc>>().map_err(|_| invalid_time())?),
        None => None,
    };
    let draft = EventDraft {
        kind,
        source: Some(source),
        id: Some(id),
        occurred_at: time,
        data: json(if body.is_empty() { NO_DATA } else { body })?,
    };
    check(draft, now)
}

fn attribute(headers: &FieldTable, name: &str) -> Option<String> {
    PREFIXES
        .iter()
        .find_map(|prefix| header(headers, &format!("{prefix}{name}")))
}

fn check_version(version: &str) -> Result<(), UnreadableMessage> {
    if version == "1.0" {
        return Ok(());
    }
    Err(UnreadableMessage::new(
        "unsupported_version",
        "Only specversion 1.0 is supported.",
    ))
}

/// Without a content type, data is JSON.
fn check_json(content_type: Option<&str>) -> Result<(), UnreadableMessage> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let media_type = media_type(content_type);
    if media_type.is_empty() || media_type == "application/json" || media_type.ends_with("+json") {
        return Ok(());
    }
    Err(UnreadableMessage::new(
        "unsupported_data",
        "Only JSON data is supported.",
    ))
}

fn json(data: &[u8]) -> Result<Box<RawValue>, UnreadableMessage> {
    serde_json::from_slice(data).map_err(|error| {
        UnreadableMessage::new(
            "invalid_json",
            format!("The data is not valid JSON: {error}."),
        )
    })
}

/// Null stands for an attribute that is left out.
fn is_given(value: &&RawValue) -> bool {
    value.get() != "null"
}

fn invalid_time() -> UnreadableMessage {
    UnreadableMessage::new(
        "invalid_cloudevent",
        "The attribute time is not an RFC 3339 instant.",
    )
}

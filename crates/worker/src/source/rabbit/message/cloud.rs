//! CloudEvents 1.0: structured (JSON event format) and binary (attributes in headers, AMQP protocol
//! binding).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{
    Instant,
    event::{BUS, Event, EventInput},
    event_type::canonical,
};
use lapin::{
    BasicProperties,
    types::{FieldTable, ShortString},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Unreadable, header, media_type};

/// Both spellings of the binding; some clients cannot write a colon.
const PREFIXES: [&str; 2] = ["cloudEvents:", "cloudEvents_"];
const NO_DATA: &str = "{}";

#[derive(Deserialize)]
struct Structured<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    time: Option<DateTime<Utc>>,
    #[serde(borrow)]
    datacontenttype: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    data_base64: Option<&'a RawValue>,
}

pub(super) fn read_structured(body: &[u8], now: Instant) -> Result<Event, Unreadable> {
    let event: Structured<'_> =
        serde_json::from_slice(body).map_err(|error| Unreadable::json(&error))?;
    check_version(&event.specversion)?;
    check_json(event.datacontenttype.as_deref())?;
    if event.data_base64.is_some() {
        return Err(Unreadable::new(
            "unsupported_data",
            "data_base64 is not understood; send data as a JSON object.",
        ));
    }
    let input = EventInput {
        kind: canonical(&event.kind),
        source: Some(&event.source),
        external_id: Some(&event.id),
        occurred_at: event.time,
        data: if let Some(data) = event.data {
            data
        } else {
            no_data()?
        },
    };
    Ok(input.check(BUS, now)?)
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
) -> Result<Event, Unreadable> {
    let headers = properties.headers().clone().unwrap_or_default();
    let required = |name: &str| {
        attribute(&headers, name).ok_or_else(|| {
            Unreadable::new(
                "invalid_cloudevent",
                format!("The attribute {name} is missing, or not a text."),
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
    let data = if body.is_empty() {
        no_data()?
    } else {
        serde_json::from_slice(body).map_err(|error| Unreadable::json(&error))?
    };
    let input = EventInput {
        kind: canonical(&kind),
        source: Some(&source),
        external_id: Some(&id),
        occurred_at: time,
        data,
    };
    Ok(input.check(BUS, now)?)
}

fn attribute(headers: &FieldTable, name: &str) -> Option<String> {
    PREFIXES
        .iter()
        .find_map(|prefix| header(headers, &format!("{prefix}{name}")))
}

fn check_version(version: &str) -> Result<(), Unreadable> {
    if version == "1.0" {
        return Ok(());
    }
    Err(Unreadable::new(
        "unsupported_version",
        "Only specversion 1.0 is understood.",
    ))
}

/// Without a content type, data is JSON.
fn check_json(content_type: Option<&str>) -> Result<(), Unreadable> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let media_type = media_type(content_type);
    if media_type.is_empty() || media_type == "application/json" || media_type.ends_with("+json") {
        return Ok(());
    }
    Err(Unreadable::new(
        "unsupported_data",
        "Only JSON data is understood.",
    ))
}

fn no_data<'a>() -> Result<&'a RawValue, Unreadable> {
    serde_json::from_str(NO_DATA).map_err(|error| Unreadable::json(&error))
}

fn invalid_time() -> Unreadable {
    Unreadable::new(
        "invalid_cloudevent",
        "The attribute time is not an RFC 3339 instant.",
    )
}

//! Our own events: the relay writes them so that the consumer finds in them what their row holds.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    Instant,
    event::{Event, EventInput},
    id::EventId,
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Outbound, Unreadable, header};

/// Our id of the event; marks a message of ours.
pub(in crate::source::rabbit) const EVENT: &str = "hookyard-event";
const EXTERNAL_ID: &str = "hookyard-external-id";
const RECEIVED_AT: &str = "hookyard-received-at";

/// The event as a message: `{"id","type","occurred_at","source","data"}` with the data as it is.
pub(in crate::source::rabbit) fn outbound(event: &Event) -> Outbound {
    let id = event.id.to_string();
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let head = format!(
        r#"{{"id":{},"type":{},"occurred_at":{},"source":{},"data":"#,
        text(&id),
        text(&event.kind),
        text(&instant(event.occurred_at)),
        text(&event.source),
    );
    let mut headers = FieldTable::default();
    let mut put = |name: &str, value: String| {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    };
    put(EVENT, id.clone());
    put(RECEIVED_AT, instant(event.received_at));
    if let Some(external_id) = &event.external_id {
        put(EXTERNAL_ID, external_id.clone());
    }
    let properties = BasicProperties::default()
        .with_message_id(ShortString::from(id))
        .with_content_type("application/json".into())
        .with_headers(headers);
    // Types have at most 100 bytes; what is longer was never let in and routes nowhere else.
    let routing_key = ShortString::try_new(event.kind.as_str()).unwrap_or_default();
    Outbound {
        routing_key,
        properties,
        body: [head.as_bytes(), &event.data, b"}"].concat(),
    }
}

fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The text of the mark, if there is one.
pub(super) fn id(properties: &BasicProperties) -> Option<String> {
    header(properties.headers().as_ref()?, EVENT)
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    occurred_at: DateTime<Utc>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads what [`outbound`] wrote. Checked like everything else: anybody can publish a message with
/// our mark.
pub(super) fn read(
    properties: &BasicProperties,
    id: &str,
    body: &[u8],
    now: Instant,
) -> Result<Event, Unreadable> {
    let id: EventId = id.parse().map_err(|_| {
        Unreadable::new(
            "invalid_id",
            format!("The header {EVENT} is not an event's id."),
        )
    })?;
    let headers = properties.headers().clone().unwrap_or_default();
    let external_id = header(&headers, EXTERNAL_ID);
    let received_at = header(&headers, RECEIVED_AT).and_then(|at| at.parse::<DateTime<Utc>>().ok());
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| Unreadable::json(&error))?;
    let input = EventInput {
        kind: &body.kind,
        source: Some(&body.source),
        external_id: external_id.as_deref(),
        occurred_at: Some(body.occurred_at),
        data: body.data,
    };
    let event = input.check(&body.source, now)?;
    Ok(Event {
        id,
        received_at: received_at.unwrap_or(now),
        ..event
    })
}

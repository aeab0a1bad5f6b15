//! Our own events: the relay writes them so that the consumer finds in them what their row holds.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    Instant,
    clock::{is_recordable, to_micros},
    event::{Event, EventDraft, Producer},
    id::EventId,
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};

use super::{OutboundMessage, UnreadableMessage, header};

/// Our id of the event; marks a message of ours.
pub(in crate::source::rabbit) const EVENT: &str = "hookyard-event";
const EXTERNAL_ID: &str = "hookyard-external-id";
const RECEIVED_AT: &str = "hookyard-received-at";

/// `{"id","type","occurred_at","source","data"}` with the data as it is.
pub(super) fn body(event: &Event, id: &str) -> Vec<u8> {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let head = format!(
        r#"{{"id":{},"type":{},"occurred_at":{},"source":{},"data":"#,
        text(id),
        text(&event.kind),
        text(&instant(event.occurred_at)),
        text(&event.source),
    );
    [head.as_bytes(), &event.data, b"}"].concat()
}

/// Types have at most 100 bytes; what is longer was never let in and routes nowhere else.
pub(super) fn routing_key(event: &Event) -> ShortString {
    ShortString::try_new(event.kind.as_str()).unwrap_or_default()
}

/// The event as a message.
pub(in crate::source::rabbit) fn outbound(event: &Event) -> OutboundMessage {
    let id = event.id.to_string();
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
        .with_message_id(ShortString::from(id.as_str()))
        .with_content_type("application/json".into())
        .with_headers(headers);
    OutboundMessage {
        routing_key: routing_key(event),
        properties,
        body: body(event, &id),
    }
}

fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The text of the mark, if there is one.
pub(super) fn id(properties: &BasicProperties) -> Option<String> {
    header(properties.headers().as_ref()?, EVENT)
}

/// Reads what [`outbound`] wrote. Checked like everything else: anybody can publish a message with
/// our mark.
pub(super) fn read(
    properties: &BasicProperties,
    id: &str,
    body: &[u8],
    now: Instant,
) -> Result<Event, UnreadableMessage> {
    let id: EventId = id.parse().map_err(|_| {
        UnreadableMessage::new(
            "invalid_id",
            format!("The header {EVENT} is not an event's id."),
        )
    })?;
    let headers = properties.headers().clone().unwrap_or_default();
    let external_id = header(&headers, EXTERNAL_ID);
    let received_at = received_at(&headers)?;
    let draft = EventDraft {
        // The body's id is ours, and in the mark, too.
        id: external_id,
        ..EventDraft::parse(body, Producer::Relay)?
    };
    let event = draft.check(Producer::Relay, now)?;
    Ok(Event {
        id,
        received_at: received_at.unwrap_or(now),
        ..event
    })
}

fn received_at(headers: &FieldTable) -> Result<Option<Instant>, UnreadableMessage> {
    let Some(text) = header(headers, RECEIVED_AT) else {
        return Ok(None);
    };
    let at: Option<Instant> = text.parse::<DateTime<Utc>>().ok();
    match at.filter(|at| is_recordable(*at)) {
        Some(at) => Ok(Some(to_micros(at))),
        None => Err(UnreadableMessage::new(
            "invalid_received_at",
            format!(
                "The header {RECEIVED_AT} is not an RFC 3339 time within the years 1970 to 9999."
            ),
        )),
    }
}

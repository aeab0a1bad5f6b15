//! Events to show and try a feed with, and what the feed makes of them.

use domain::{
    FieldError, Instant, Invalid,
    event::{self, Event},
    event_type,
    feed::{FeedSpec, sending::Sending},
    outbound::{
        request::{BodyMode, Envelope, Payload, RequestError, render_payload},
        template::{Rendering, TemplateError},
    },
};
use storage::{Conn, event_types};

use crate::Problem;

/// The type of an event that says nothing but that it is a test.
pub(super) const TEST: &str = "webhook.test";

/// An event of this type (a name or alias) with the data of the catalogue's example.
pub(super) async fn event(conn: &mut Conn, name: &str, now: Instant) -> Result<Event, Problem> {
    let kind = event_type::canonical(name);
    let data = match event_type::builtin(kind) {
        Some(entry) => entry.example(),
        None => match event_types::find(conn, kind).await? {
            Some(custom) => custom.example.0,
            None => {
                let detail =
                    format!("\"{name}\" is not in the catalogue; see GET /v1/event-types.");
                return Err(Invalid::one("/event_type", "unknown_event_type", detail).into());
            }
        },
    };
    Ok(Event::new(kind, event::TEST, &data, now))
}

/// The type of the event to show or try a feed with when none is asked for: the first that it
/// names, so that what is seen is what it will send.
pub(super) fn first_type(spec: &FeedSpec) -> &str {
    let events = spec.settings.events.iter();
    events
        .map(String::as_str)
        .find(|name| !name.ends_with('*'))
        .unwrap_or(TEST)
}

/// The event as receivers see it.
pub(super) fn envelope(event: &Event) -> Envelope {
    Envelope::new(
        &event.id.to_string(),
        &event.kind,
        event.occurred_at,
        &event.data,
    )
}

/// What the feed sends of an event.
///
/// # Errors
/// What cannot be rendered, field by field; pointers into the feed.
pub(super) fn render(
    spec: &FeedSpec,
    sending: &Sending,
    envelope: &Envelope,
) -> Result<Payload, Vec<FieldError>> {
    let mut invalid = Invalid::default();
    if let (BodyMode::Selected(fields), Ok(context)) = (&sending.body, envelope.context()) {
        let rendering = Rendering::of(context);
        for (i, (_, template)) in fields.iter().enumerate() {
            if let Err(error) = template.render(&rendering) {
                let pointer = format!("/body/fields/{i}/value");
                invalid.push(pointer, "render", error.to_string());
                if error == TemplateError::TooMuchWork {
                    break;
                }
            }
        }
    }
    if !invalid.0.is_empty() {
        return Err(invalid.0);
    }
    render_payload(
        spec.settings.method,
        spec.settings.format,
        &sending.body,
        envelope,
    )
    .map_err(|error| vec![in_body(&error)])
}

/// An error that is nobody's but the whole body's.
pub(super) fn in_body(error: &RequestError) -> FieldError {
    FieldError {
        pointer: "/body".into(),
        code: error.code().as_str(),
        detail: error.to_string(),
    }
}

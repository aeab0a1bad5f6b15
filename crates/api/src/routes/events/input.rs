//! What producers say of an event, and its check.

use domain::{
    Instant, Invalid,
    event::{Event, EventDraft, Producer},
    event_type,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use storage::custom_types::CustomTypesSnapshot;

use crate::{Problem, State, schema};

/// An event to publish.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type": "order.paid", "id": "9041", "source": "shop", "occurred_at": "2026-03-14T08:05:12Z",
    "data": {"order": {"id": 9041, "currency": "EUR", "total_amount": 7485}, "customer": {"email": "ines@example.org"}},
}))]
pub(crate) struct PublishEvent {
    /// A name or alias of the catalogue.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$"
    )]
    r#type: String,
    /// A JSON object. Its bytes are kept: the order of keys and the digits of numbers reach the
    /// receivers.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
    /// The producer's own id: together with the source it makes publishing idempotent.
    #[schema(min_length = 1, max_length = 200)]
    id: Option<String>,
    /// Now, when it is left out.
    #[schema(schema_with = schema::optional_instant, required = false)]
    occurred_at: Option<Instant>,
    /// `api` by default.
    #[schema(min_length = 1, max_length = 100)]
    source: Option<String>,
}

/// When so many problems were found, the rest of a batch is not looked at.
const MAX_PROBLEMS: usize = 200;

/// Checks events; all or none are good. `place` is the pointer to the n-th of them. It may take
/// long, so no connection is held meanwhile.
///
/// # Errors
/// Every problem of every event, until there are [`MAX_PROBLEMS`].
pub(super) async fn check(
    state: &State,
    inputs: Vec<PublishEvent>,
    place: impl Fn(usize) -> String,
) -> Result<Vec<Event>, Problem> {
    let is_builtin =
        |input: &PublishEvent| event_type::builtin(event_type::canonical(&input.r#type)).is_some();
    let custom = if inputs.iter().all(is_builtin) {
        state.custom_types.last()
    } else {
        state.custom_types.now(&mut state.db.read().await?).await?
    };
    let (now, mut invalid) = (state.clock.now(), Invalid::default());
    let mut events = Vec::with_capacity(inputs.len());
    for (i, input) in inputs.into_iter().enumerate() {
        let event = check_one(input.into(), &custom, now)
            .map_err(|problems| problems.moved(|pointer| format!("{}{pointer}", place(i))));
        events.extend(invalid.take(event));
        if invalid.0.len() >= MAX_PROBLEMS {
            break;
        }
    }
    Ok(invalid.or(events)?)
}

/// An event is acceptable, its type is in the catalogue, and its data keep to the type's schema.
fn check_one(
    draft: EventDraft,
    custom: &CustomTypesSnapshot,
    now: Instant,
) -> Result<Event, Invalid> {
    let kind = event_type::canonical(&draft.kind);
    let is_unknown =
        event_type::is_type_name(kind) && event_type::builtin(kind).is_none() && !custom.has(kind);
    let mut invalid = Invalid::default();
    if is_unknown {
        invalid.0.extend(event_type::unknown(kind).0);
    }
    match invalid.take(draft.check(Producer::Api, now)) {
        Some(event) => {
            invalid.take(custom.check(&event));
            invalid.or(event)
        }
        None => Err(invalid),
    }
}

impl From<PublishEvent> for EventDraft {
    fn from(input: PublishEvent) -> Self {
        Self {
            kind: input.r#type,
            source: input.source,
            id: input.id,
            occurred_at: input.occurred_at,
            data: input.data,
        }
    }
}

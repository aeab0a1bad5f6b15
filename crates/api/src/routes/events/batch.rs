use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    FieldError, Invalid,
    event::Event,
    id::{EventId, EventKind},
};
use serde::{Deserialize, Serialize};
use storage::{
    Conn,
    events::{self, EventRow, KnownEvent},
};

use super::{
    id_reused,
    input::{PublishEvent, check},
};
use crate::{
    Problem, State,
    request::{Caller, Json, scope},
    schema,
};

/// Events to publish together: all or none.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"events": [
    {"type": "order.paid", "id": "9041", "source": "shop", "data": {"order": {"id": 9041}}},
    {"type": "order.shipped", "data": {"order": {"id": 9041}}},
]}))]
pub(crate) struct PublishEvents {
    #[schema(min_items = 1, max_items = 1000)]
    events: Vec<PublishEvent>,
}

/// What became of each event, in order.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EventReceipts {
    data: Vec<EventReceipt>,
}

/// What became of one event.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EventReceipt {
    #[schema(schema_with = schema::id::<EventKind>)]
    id: EventId,
    #[schema(required)]
    external_id: Option<String>,
    #[schema(example = "order.paid")]
    r#type: String,
    /// Whether the event already existed for this source and id.
    duplicate: bool,
}

/// Publishes up to 1000 events.
#[utoipa::path(tag = "events", responses((status = 202, description = "The events were accepted.", body = EventReceipts)))]
#[post("/events/batch")]
pub(crate) async fn publish_events(
    _: Caller<scope::EventsPublish>,
    state: Data<State>,
    body: Json<PublishEvents>,
) -> Result<HttpResponse, Problem> {
    let (inputs, max) = (body.0.events, state.settings.server.max_batch_events);
    if inputs.is_empty() || inputs.len() > max {
        return Err(Invalid::one(
            "/events",
            "out_of_range",
            format!("Send 1 to {max} events."),
        )
        .into());
    }
    let events = check(&state, inputs, |i| format!("/events/{i}")).await?;
    let rows = events.iter().cloned().map(EventRow::waiting).collect();
    let mut tx = state.db.begin().await?;
    let added: HashSet<EventId> = events::insert(&mut tx, rows).await?.into_iter().collect();
    let known = known(&mut tx, &events, &added).await?;
    let reused: Vec<_> = events
        .iter()
        .enumerate()
        .filter_map(is_other(&known))
        .collect();
    if !reused.is_empty() {
        // Nothing of the batch is kept.
        return Err(id_reused(reused));
    }
    tx.commit().await?;
    let data = events
        .into_iter()
        .map(|event| receipt(event, &known))
        .collect();
    Ok(HttpResponse::Accepted().json(EventReceipts { data }))
}

/// What a producer names its events by.
type Name = (String, String);

fn name(event: &Event) -> Option<Name> {
    let id = event.external_id.clone()?;
    Some((event.source.clone(), id))
}

/// The first events with the names of those that were not added, from the table or from this batch.
async fn known(
    conn: &mut Conn,
    events: &[Event],
    added: &HashSet<EventId>,
) -> Result<HashMap<Name, KnownEvent>, Problem> {
    let repeats = events.iter().filter(|event| !added.contains(&event.id));
    let names: HashSet<_> = repeats.filter_map(name).collect();
    let known = events::known(conn, Vec::new(), names.into_iter().collect()).await?;
    let named = |known: KnownEvent| {
        let id = known.external_id.clone()?;
        Some(((known.source.clone(), id), known))
    };
    Ok(known.into_iter().filter_map(named).collect())
}

/// What is wrong with the n-th event if its name belongs to another one.
fn is_other(
    known: &HashMap<Name, KnownEvent>,
) -> impl Fn((usize, &Event)) -> Option<FieldError> + '_ {
    |(i, event)| {
        let first = known.get(&name(event)?)?;
        let mut error = event.id_reused();
        error.pointer.insert_str(0, &format!("/events/{i}"));
        (!event.repeats(&first.kind, &first.data)).then_some(error)
    }
}

fn receipt(event: Event, known: &HashMap<Name, KnownEvent>) -> EventReceipt {
    let first = name(&event).and_then(|name| known.get(&name));
    let id = first.map_or(event.id, |first| first.id);
    EventReceipt {
        duplicate: id != event.id,
        id,
        external_id: event.external_id,
        r#type: event.kind,
    }
}

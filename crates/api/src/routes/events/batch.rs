use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    Invalid,
    event::Event,
    id::{EventId, EventKind},
};
use serde::{Deserialize, Serialize};
use storage::events::{self, EventRow};

use super::input::{PublishEvent, check};
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
    tx.commit().await?;
    let data = receipts(&state, events, &added).await?;
    Ok(HttpResponse::Accepted().json(EventReceipts { data }))
}

async fn receipts(
    state: &State,
    events: Vec<Event>,
    added: &HashSet<EventId>,
) -> Result<Vec<EventReceipt>, Problem> {
    let identity = |event: &Event| {
        event
            .external_id
            .clone()
            .map(|id| (event.source.clone(), id))
    };
    let external = events
        .iter()
        .filter(|event| !added.contains(&event.id))
        .filter_map(identity)
        .collect();
    let known: HashMap<_, _> = events::known(&state.db, Vec::new(), external)
        .await?
        .into_iter()
        .filter_map(|known| Some(((known.source, known.external_id?), known.id)))
        .collect();
    let receipt = |event: Event| {
        let duplicate = !added.contains(&event.id);
        let first = identity(&event)
            .and_then(|identity| known.get(&identity))
            .copied();
        let id = first.filter(|_| duplicate).unwrap_or(event.id);
        EventReceipt {
            id,
            external_id: event.external_id,
            r#type: event.kind,
            duplicate,
        }
    };
    Ok(events.into_iter().map(receipt).collect())
}

use actix_web::{get, web::Data};
use domain::id::EventId;
use storage::events;

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::EventView,
};

/// Reads an event.
#[utoipa::path(tag = "events", responses((status = 200, description = "The event.", body = EventView)))]
#[get("/events/{id}")]
pub(crate) async fn get_event(
    _: Caller<scope::EventsRead>,
    id: PathId<EventId>,
    state: Data<State>,
) -> Result<Resource<EventView>, Problem> {
    let mut conn = state.db.read().await?;
    // In this order: deliveries that are counted belong to an event that is then read as routed.
    let counts = events::delivery_counts(&mut conn, &[*id]).await?;
    let event = events::find(&mut conn, *id).await?;
    Ok(Resource::hashed(EventView::new(event, &counts)?))
}

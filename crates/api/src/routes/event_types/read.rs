use actix_web::{get, web::Data};

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::EventTypeView,
};

/// Reads an event type by its name or alias.
#[utoipa::path(tag = "event-types", responses((status = 200, description = "The event type.", body = EventTypeView)))]
#[get("/event-types/{type}")]
pub(crate) async fn get_event_type(
    _: Caller<scope::FeedsRead>,
    name: PathId<String>,
    state: Data<State>,
) -> Result<Resource<EventTypeView>, Problem> {
    Ok(Resource::hashed(
        super::find(&mut state.db.read().await?, &name).await?,
    ))
}

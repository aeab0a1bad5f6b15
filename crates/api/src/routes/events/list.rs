use actix_web::{get, web::Data};
use domain::Instant;
use serde::Deserialize;
use storage::events;

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    schema,
    views::EventView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// A name or alias of the catalogue.
    r#type: Option<String>,
    /// Received at this instant or later.
    #[param(schema_with = schema::instant, required = false)]
    since: Option<Instant>,
    /// Received before this instant.
    #[param(schema_with = schema::instant, required = false)]
    until: Option<Instant>,
}

/// Lists events.
#[utoipa::path(tag = "events", params(EventQuery), responses((status = 200, description = "A page of events.", body = List<EventView>)))]
#[get("/events")]
pub(crate) async fn list_events(
    _: Caller<scope::EventsRead>,
    state: Data<State>,
    listing: Listing<EventQuery>,
) -> Result<List<EventView>, Problem> {
    let wanted = &listing.filter;
    let kind = wanted
        .r#type
        .as_deref()
        .map(|name| domain::event_type::canonical(name).to_owned());
    let filter = events::EventFilter {
        kind,
        since: wanted.since,
        until: wanted.until,
    };
    let mut conn = state.db.read().await?;
    let page = events::list(&mut conn, &filter, &listing.window).await?;
    let ids: Vec<_> = page.rows.iter().map(|event| event.id).collect();
    let counts = events::delivery_counts(&mut conn, &ids).await?;
    let list = listing.answer(
        page,
        |event| event.id.uuid(),
        |event| EventView::new(event, &counts),
    );
    list.all()
}

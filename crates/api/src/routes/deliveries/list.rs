use actix_web::{get, web::Data};
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{EventId, EventKind, FeedId, FeedKind},
};
use serde::Deserialize;
use storage::deliveries;

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    schema,
    views::DeliveryView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    #[param(schema_with = schema::id::<FeedKind>, required = false)]
    feed_id: Option<FeedId>,
    #[param(schema_with = schema::id::<EventKind>, required = false)]
    event_id: Option<EventId>,
    event_type: Option<String>,
    #[param(schema_with = schema::delivery_state, required = false)]
    state: Option<DeliveryState>,
    /// The status of the last answer.
    response_status: Option<i32>,
    /// Created at this instant or later.
    #[param(schema_with = schema::instant, required = false)]
    since: Option<Instant>,
    /// Created before this instant.
    #[param(schema_with = schema::instant, required = false)]
    until: Option<Instant>,
}

/// Lists deliveries.
#[utoipa::path(
    tag = "deliveries",
    params(DeliveryQuery),
    responses((status = 200, description = "A page of deliveries.", body = List<DeliveryView>)),
)]
#[get("/deliveries")]
pub(crate) async fn list_deliveries(
    _: Caller<scope::DeliveriesRead>,
    state: Data<State>,
    listing: Listing<DeliveryQuery>,
) -> Result<List<DeliveryView>, Problem> {
    let wanted = &listing.filter;
    let filter = deliveries::DeliveryFilter {
        feed_id: wanted.feed_id,
        event_id: wanted.event_id,
        event_type: wanted
            .event_type
            .as_deref()
            .map(|name| domain::event_type::canonical(name).to_owned()),
        state: wanted.state,
        response_status: wanted.response_status,
        since: wanted.since,
        until: wanted.until,
    };
    let page = deliveries::list(&mut state.db.read().await?, &filter, &listing.window).await?;
    Ok(listing.answer(
        page,
        |delivery| delivery.id.uuid(),
        |delivery| DeliveryView::from(&delivery),
    ))
}

use actix_web::{get, web::Data};
use domain::{delivery::DeliveryState, id::FeedId};
use serde::Deserialize;
use storage::{deliveries, feeds};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    schema,
    views::DeliveryView,
};

/// Narrows the list; `/v1/deliveries` has more to narrow by.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedDeliveryFilter {
    event_type: Option<String>,
    #[param(schema_with = schema::delivery_state, required = false)]
    state: Option<DeliveryState>,
}

/// Lists the deliveries of a feed.
#[utoipa::path(
    tag = "feeds",
    params(FeedDeliveryFilter),
    responses((status = 200, description = "A page of deliveries.", body = List<DeliveryView>)),
)]
#[get("/feeds/{id}/deliveries")]
pub(crate) async fn list_feed_deliveries(
    _: Caller<scope::DeliveriesRead>,
    id: PathId<FeedId>,
    state: Data<State>,
    listing: Listing<FeedDeliveryFilter>,
) -> Result<List<DeliveryView>, Problem> {
    let mut conn = state.db.read().await?;
    feeds::find(&mut conn, *id).await?;
    let event_type = listing
        .filter
        .event_type
        .as_deref()
        .map(|name| domain::event_type::canonical(name).to_owned());
    let filter = deliveries::DeliveryFilter {
        feed_id: Some(*id),
        event_type,
        state: listing.filter.state,
        ..deliveries::DeliveryFilter::default()
    };
    let page = deliveries::list(&mut conn, &filter, &listing.window).await?;
    Ok(listing.answer(
        page,
        |delivery| delivery.id.uuid(),
        |delivery| DeliveryView::from(&delivery),
    ))
}

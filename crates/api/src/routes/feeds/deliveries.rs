use actix_web::{get, web::Data};
use domain::id::FeedId;
use storage::{deliveries, feeds};

use crate::{
    Problem, State,
    auth::{Caller, scope},
    extract::PathId,
    paging::{List, Listing},
    routes::deliveries::filter::OutcomeFilter,
    views::DeliveryView,
};

/// Lists the deliveries of a feed.
#[utoipa::path(
    tag = "feeds",
    params(OutcomeFilter),
    responses((status = 200, description = "A page of deliveries.", body = List<DeliveryView>)),
)]
#[get("/feeds/{id}/deliveries")]
pub(crate) async fn list_feed_deliveries(
    _: Caller<scope::DeliveriesRead>,
    id: PathId<FeedId>,
    state: Data<State>,
    listing: Listing<OutcomeFilter>,
) -> Result<List<DeliveryView>, Problem> {
    let mut conn = state.db.read().await?;
    feeds::find(&mut conn, *id).await?;
    let filter = deliveries::Filter { feed_id: Some(*id), ..listing.filter.read() };
    let page = deliveries::list(&mut conn, &filter, &listing.window).await?;
    Ok(listing.answer(page, |delivery| delivery.id.uuid(), |delivery| DeliveryView::from(&delivery)))
}

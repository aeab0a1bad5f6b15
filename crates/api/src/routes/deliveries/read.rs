use actix_web::{get, web::Data};
use domain::id::DeliveryId;
use storage::{deliveries, events};

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::DeliveryView,
};

/// Reads a delivery with its attempts.
#[utoipa::path(tag = "deliveries", responses((status = 200, description = "The delivery.", body = DeliveryView)))]
#[get("/deliveries/{id}")]
pub(crate) async fn get_delivery(
    _: Caller<scope::DeliveriesRead>,
    id: PathId<DeliveryId>,
    state: Data<State>,
) -> Result<Resource<DeliveryView>, Problem> {
    let mut conn = state.db.read().await?;
    let delivery = deliveries::find(&mut conn, *id).await?;
    let event = match events::find(&mut conn, delivery.event_id).await {
        Err(storage::Error::NotFound) => None,
        found => Some(found?),
    };
    Ok(Resource::hashed(DeliveryView::whole(&delivery, event)?))
}

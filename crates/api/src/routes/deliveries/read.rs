use actix_web::{get, web::Data};
use domain::{api_key::Scope, id::DeliveryId};
use storage::{deliveries, events};

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::DeliveryView,
};

/// Reads a delivery with its attempts. What was sent of the event's data is shown to keys that have the
/// scope `events:read`, too.
#[utoipa::path(tag = "deliveries", responses((status = 200, description = "The delivery.", body = DeliveryView)))]
#[get("/deliveries/{id}")]
pub(crate) async fn get_delivery(
    caller: Caller<scope::DeliveriesRead>,
    id: PathId<DeliveryId>,
    state: Data<State>,
) -> Result<Resource<DeliveryView>, Problem> {
    let mut conn = state.db.read().await?;
    let delivery = deliveries::find(&mut conn, *id).await?;
    let event = match events::find(&mut conn, delivery.event_id).await {
        Err(storage::Error::NotFound) => None,
        found => Some(found?),
    };
    let view = DeliveryView::whole(&delivery, event)?;
    Ok(Resource::hashed(if caller.may(Scope::EventsRead) {
        view
    } else {
        view.without_data()
    }))
}

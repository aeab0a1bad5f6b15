use actix_web::{get, web::Data};
use domain::id::IncomingWebhookId;
use storage::incoming_webhooks;

use super::view;
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::IncomingWebhookView,
};

/// Reads an incoming webhook.
#[utoipa::path(
    tag = "incoming-webhooks",
    responses((status = 200, description = "The incoming webhook.", body = IncomingWebhookView)),
)]
#[get("/incoming-webhooks/{id}")]
pub(crate) async fn get_incoming_webhook(
    caller: Caller<scope::IncomingWebhooksRead>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
) -> Result<Resource<IncomingWebhookView>, Problem> {
    let mut conn = state.db.read().await?;
    let row = incoming_webhooks::find(&mut conn, *id).await?;
    let version = row.version;
    Ok(Resource::versioned(
        view(&state, &mut conn, &caller, row).await?,
        version,
    ))
}

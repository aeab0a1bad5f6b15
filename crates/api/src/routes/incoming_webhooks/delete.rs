use actix_web::{HttpResponse, delete, web::Data};
use domain::id::IncomingWebhookId;
use storage::incoming_webhooks;

use crate::{
    Problem, State,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes an incoming webhook. From then on its URL answers 404; its calls stay in the log.
#[utoipa::path(tag = "incoming-webhooks", responses((status = 204, description = "Deleted.")))]
#[delete("/incoming-webhooks/{id}")]
pub(crate) async fn delete_incoming_webhook(
    _: Caller<scope::IncomingWebhooksWrite>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    if_match.check_version(incoming_webhooks::find(&mut tx, *id).await?.version)?;
    incoming_webhooks::delete(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

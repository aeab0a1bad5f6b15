use actix_web::{post, web::Data};
use chrono::TimeDelta;
use domain::{Invalid, id::IncomingWebhookId, secret::Token};
use serde::Deserialize;
use storage::incoming_webhooks;

use super::view;
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, IfMatch, OptionalJson, PathId, optimistic, scope},
    views::{IncomingWebhookView, token_context},
};

/// How long the old URL goes on working when nothing is said, and at most: a day, thirty days.
const GRACE: i64 = 24 * 3600;
const MAX_GRACE: i64 = 30 * 24 * 3600;

/// How the old URL is replaced by the new one.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grace_seconds": 3600}))]
pub(crate) struct RotateIncomingWebhook {
    /// How long the old URL keeps working: a day by default; 0 ends it at once.
    #[schema(minimum = 0, maximum = 2592000)]
    grace_seconds: Option<i64>,
}

/// Replaces the secret URL of an incoming webhook. The old URL works until the grace period ends;
/// one that was replaced earlier stops working at once.
#[utoipa::path(
    tag = "incoming-webhooks",
    request_body(content = RotateIncomingWebhook),
    responses((status = 200, description = "The incoming webhook with its new URL.", body = IncomingWebhookView)),
)]
#[post("/incoming-webhooks/{id}/rotate")]
pub(crate) async fn rotate_incoming_webhook(
    caller: Caller<scope::IncomingWebhooksWrite>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    body: OptionalJson<RotateIncomingWebhook>,
) -> Result<Resource<IncomingWebhookView>, Problem> {
    let grace = body.0.grace_seconds.unwrap_or(GRACE);
    if !(0..=MAX_GRACE).contains(&grace) {
        return Err(Invalid::one(
            "/grace_seconds",
            "out_of_range",
            "Use 0 to 2592000 seconds.",
        )
        .into());
    }
    optimistic(&IfMatch::default(), async || {
        let (now, token) = (state.clock.now(), Token::generate(""));
        let mut tx = state.db.begin().await?;
        let mut row = incoming_webhooks::find(&mut tx, *id).await?;
        let old = std::mem::replace(&mut row.token_hash, token.hash().to_vec());
        row.token_sealed = state
            .vault
            .seal(&token_context(row.id), token.expose().as_bytes());
        row.previous_token_hash = (grace > 0).then_some(old);
        row.previous_token_until = (grace > 0).then(|| now + TimeDelta::seconds(grace));
        row.updated_at = now;
        incoming_webhooks::update(&mut tx, &mut row).await?;
        let version = row.version;
        let view = view(&state, &mut tx, &caller, row).await?;
        tx.commit().await?;
        Ok(Resource::versioned(view, version))
    })
    .await
}

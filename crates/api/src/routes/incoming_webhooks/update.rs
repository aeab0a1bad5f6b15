use actix_web::{patch, web::Data};
use domain::id::IncomingWebhookId;
use storage::{JsonText, incoming_webhooks};

use super::{check, view};
use crate::{
    Problem, State,
    answer::Resource,
    input::incoming_webhook::{UpdateIncomingWebhook, WebhookDraft},
    request::{Caller, IfMatch, Json, PathId, optimistic, scope},
    verification,
    views::IncomingWebhookView,
};

/// Changes an incoming webhook. Its URL stays.
#[utoipa::path(
    tag = "incoming-webhooks",
    responses((status = 200, description = "The changed incoming webhook.", body = IncomingWebhookView)),
)]
#[patch("/incoming-webhooks/{id}")]
pub(crate) async fn update_incoming_webhook(
    caller: Caller<scope::IncomingWebhooksWrite>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateIncomingWebhook>,
) -> Result<Resource<IncomingWebhookView>, Problem> {
    optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut row = incoming_webhooks::find(&mut tx, *id).await?;
        if_match.check_version(row.version)?;
        let before = row.clone();
        let stored = verification::open(&state.vault, &row)?;
        let (draft, unread) = body.0.clone().apply(WebhookDraft {
            spec: row.spec.get()?.clone(),
            enabled: row.enabled,
            expires_at: row.expires_at,
            verification: stored.clone(),
        })?;
        row.set_spec(check(&mut tx, before.spec.get()?, draft.spec, unread).await?);
        (row.enabled, row.expires_at) = (draft.enabled, draft.expires_at);
        // Sealing the same secret again would look like a change.
        if draft.verification != stored {
            let sealed = verification::seal(&state.vault, row.id, &draft.verification);
            row.verification = JsonText(sealed);
        }
        if row != before {
            row.updated_at = state.clock.now();
            incoming_webhooks::update(&mut tx, &mut row).await?;
        }
        let version = row.version;
        let view = view(&state, &mut tx, &caller, row).await?;
        tx.commit().await?;
        Ok(Resource::versioned(view, version))
    })
    .await
}

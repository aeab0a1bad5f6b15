use actix_web::{post, web::Data};
use domain::{
    Instant,
    id::IncomingWebhookId,
    incoming::{WebhookSpec, verification::Verification},
    secret::Token,
};
use storage::{
    Document, JsonText,
    call_tallies::Tally,
    incoming_webhooks::{self, IncomingWebhook},
};

use super::check;
use crate::{
    Problem, State,
    answer::Created,
    input::incoming_webhook::CreateIncomingWebhook,
    request::{Caller, Json, scope},
    verification,
    views::{IncomingWebhookView, token_context},
};

/// Creates an incoming webhook.
#[utoipa::path(
    tag = "incoming-webhooks",
    responses((status = 201, description = "The new incoming webhook.", body = IncomingWebhookView)),
)]
#[post("/incoming-webhooks")]
pub(crate) async fn create_incoming_webhook(
    _: Caller<scope::IncomingWebhooksWrite>,
    state: Data<State>,
    body: Json<CreateIncomingWebhook>,
) -> Result<Created<IncomingWebhookView>, Problem> {
    let mut tx = state.db.begin().await?;
    let (draft, unread) = body.0.read()?;
    let spec = check(&mut tx, &WebhookSpec::default(), draft.spec, unread).await?;
    let mut row = blank(&state, state.clock.now(), &draft.verification);
    row.enabled = draft.enabled;
    row.expires_at = draft.expires_at;
    row.set_spec(spec);
    incoming_webhooks::insert(&mut tx, &row).await?;
    tx.commit().await?;
    let (location, version) = (format!("/v1/incoming-webhooks/{}", row.id), row.version);
    Ok(Created::versioned(
        IncomingWebhookView::new(&state, row, Tally::default(), true)?,
        version,
        location,
    ))
}

/// A row with a token of its own and nothing else said yet.
fn blank(state: &State, now: Instant, verification: &Verification) -> IncomingWebhook {
    let (id, token) = (IncomingWebhookId::generate(), Token::generate(""));
    IncomingWebhook {
        id,
        enabled: true,
        spec: Document::Known(WebhookSpec::default()),
        verification: JsonText(verification::seal(&state.vault, id, verification)),
        expires_at: None,
        token_hash: token.hash().to_vec(),
        token_sealed: state
            .vault
            .seal(&token_context(id), token.expose().as_bytes()),
        search: String::new(),
        version: 1,
        created_at: now,
        updated_at: now,
        previous_token_hash: None,
        previous_token_until: None,
    }
}

use actix_web::{
    HttpRequest, post,
    web::{self, Data, Payload},
};
use domain::{api_key::Scope, id::IncomingWebhookId};
use storage::incoming_webhooks;

use crate::{
    Problem, State,
    intake::{self, Preview},
    request::{Caller, PathId, scope},
};

/// The fields of a call, wherever the webhook's field map looks for them. What is wrong with them is
/// part of the answer.
#[derive(utoipa::ToSchema)]
#[schema(value_type = Object)]
#[expect(
    dead_code,
    reason = "describes the body, which is read by hand in three formats"
)]
pub(crate) struct PreviewedCall(serde_json::Value);

/// Shows what a call with this payload would do, without doing it. The payload is what an external
/// app would send, in any of the formats. Addresses, rate limits and signatures are not checked. As it
/// tells who is a member of what, the key needs the scope `community:read`, too.
#[utoipa::path(
    tag = "incoming-webhooks",
    request_body(content(
        (PreviewedCall = "application/json", example = json!({"email": "ines@example.org", "first_name": "Ines", "last_name": "Marlow"})),
        (PreviewedCall = "application/x-www-form-urlencoded"),
        (PreviewedCall = "multipart/form-data"),
    )),
    responses((status = 200, description = "What a call would answer and change.", body = Preview)),
)]
#[post("/incoming-webhooks/{id}/preview")]
pub(crate) async fn preview_incoming_webhook(
    caller: Caller<scope::IncomingWebhooksRead>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<web::Json<Preview>, Problem> {
    caller.demand(Scope::CommunityRead)?;
    let webhook = incoming_webhooks::find(&mut state.db.read().await?, *id).await?;
    let bytes = intake::read(&request, payload, &state.settings.intake).await?;
    let sent = intake::parse(&request, bytes, &state.settings.intake).await?;
    Ok(web::Json(intake::preview(&state, &webhook, &sent).await?))
}

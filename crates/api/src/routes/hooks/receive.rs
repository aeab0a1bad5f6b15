use std::net::IpAddr;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError, post,
    web::{Bytes, Data, Payload},
};
use domain::{
    id::{CallId, CallKind, UserId, UserKind},
    secret::Token,
};
use serde::{Deserialize, Serialize};
use storage::incoming_webhooks::{self, IncomingWebhook};

use crate::{
    Code, Problem, State,
    intake::{self, CallResult, IncomingCall},
    request::{
        PathId,
        idempotency::{Once, Turn},
        source_address,
    },
    schema,
    views::ChangeView,
};

/// The fields of a call. Others are ignored.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"email": "ines@example.org", "first_name": "Ines", "last_name": "Marlow", "user_login": "ines_marlow"}))]
#[expect(
    dead_code,
    reason = "describes the body, which is read by hand in three formats"
)]
pub(crate) struct CallBody {
    #[schema(max_length = 254)]
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Used for a new user if it is available and allowed.
    user_login: Option<String>,
    /// Used for a new user.
    #[schema(max_length = 4096)]
    user_pass: Option<String>,
    /// The same as `user_pass`, under another documented name.
    #[schema(max_length = 4096)]
    user_password: Option<String>,
}

/// What a call did.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CallAnswer {
    #[schema(example = "success")]
    status: &'static str,
    #[schema(example = "Webhook executed.")]
    message: &'static str,
    /// Unix time in seconds.
    #[schema(example = 1773475512)]
    execution_timestamp: i64,
    #[schema(schema_with = schema::id::<UserKind>)]
    user_id: UserId,
    #[schema(schema_with = schema::id::<CallKind>)]
    call_id: CallId,
    user_created: bool,
    #[schema(example = "ines_marlow")]
    username: String,
    changes: Vec<ChangeView>,
}

/// Finds or creates the user with this e-mail address, and adds them to and removes them from
/// spaces and courses as the incoming webhook says. A repeat of the same delivery of a provider whose
/// signature is checked gets the first answer of success again; from others, a repeat with the same
/// `Idempotency-Key`. A signed body must be what its Content-Type says.
#[utoipa::path(
    tag = "intake",
    request_body(content(
        (CallBody = "application/json"),
        (CallBody = "application/x-www-form-urlencoded"),
        (CallBody = "multipart/form-data"),
    )),
    responses((status = 200, description = "What the call did.", body = CallAnswer)),
)]
#[post("/hooks/in/{token}")]
pub(crate) async fn receive_call(
    token: PathId<String>,
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let source = source_address(&request, &state.settings.server.trusted_proxies);
    let webhook = called(&state, &Token::from_text(token.0), source).await?;
    let mut call = IncomingCall::begin(&state, &webhook, source);
    let (body, once) = match accept(&state, &call, &request, payload).await {
        Ok(accepted) => accepted,
        Err(problem) => return Err(call.refuse(problem).await),
    };
    let Some(once) = once else {
        return Ok(answer(&state, &mut call, &request, body).await);
    };
    match once.claim().await? {
        Turn::Repeat(answer) => Ok(answer),
        Turn::First(run) => Ok(run
            .keep_success(answer(&state, &mut call, &request, body).await)
            .await),
    }
}

/// The webhook that the token leads to. Unknown, disabled and expired look the same to whoever
/// tries tokens.
async fn called(
    state: &State,
    token: &Token,
    source: Option<IpAddr>,
) -> Result<IncomingWebhook, Problem> {
    state.call_rates.call(source).await?;
    let now = state.clock.now();
    let found =
        incoming_webhooks::find_by_token(&mut state.db.read().await?, &token.hash(), now).await?;
    match found {
        Some(webhook) if webhook.enabled && webhook.expires_at.is_none_or(|at| at > now) => {
            Ok(webhook)
        }
        _ => {
            state.call_rates.miss(source).await?;
            Err(Problem::new(Code::WebhookNotFound))
        }
    }
}

/// The body of a call that may be run, and what makes others the same call.
async fn accept<'s>(
    state: &State,
    call: &IncomingCall<'s>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(Bytes, Option<Once<'s>>), Problem> {
    call.admit().await?;
    let body = intake::read(request, payload, &state.settings.intake).await?;
    call.authenticate(request.headers(), &body)?;
    if call.is_signed()? {
        intake::check_signed(request, &body)?;
    }
    let once = call.deduplicate(request.path(), request.headers(), &body)?;
    Ok((body, once))
}

async fn answer(
    state: &State,
    call: &mut IncomingCall<'_>,
    request: &HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let result = match intake::parse(request, body, &state.settings.intake).await {
        Ok(payload) => call.execute(&payload).await,
        Err(problem) => Err(problem),
    };
    match result {
        Ok(result) => HttpResponse::Ok().json(CallAnswer::new(call, result)),
        Err(problem) => call.refuse(problem).await.error_response(),
    }
}

impl CallAnswer {
    fn new(call: &IncomingCall<'_>, result: CallResult) -> Self {
        Self {
            status: "success",
            message: "Webhook executed.",
            execution_timestamp: call.received_at.timestamp(),
            user_id: result.user_id,
            call_id: call.id,
            user_created: result.user_created,
            username: result.username,
            changes: result.changes,
        }
    }
}

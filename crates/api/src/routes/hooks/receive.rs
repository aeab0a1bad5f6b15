use actix_web::{
    Error, HttpRequest, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    post,
    web::{self, Data, Payload},
};
use domain::{
    id::{CallId, CallKind, UserId, UserKind},
    secret::Token,
};
use serde::{Deserialize, Serialize};
use storage::incoming_webhooks::{self, IncomingWebhook};

use crate::{
    Code, Problem, State,
    extract::PathId,
    idempotency,
    intake::{self, Received, log_refused},
    schema,
    views::ChangeView,
};

/// The fields of a call. Others are ignored.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"email": "ines@example.org", "first_name": "Ines", "last_name": "Marlow", "user_login": "ines_marlow"}))]
#[expect(dead_code, reason = "describes the body, which is read by hand in three formats")]
pub(crate) struct CallBody {
    #[schema(max_length = 254)]
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Used for a new user if it is free and allowed.
    user_login: Option<String>,
    /// Used for a new user.
    #[schema(max_length = 4096)]
    user_pass: Option<String>,
    /// The same as `user_pass`, under its other documented name.
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

/// Finds or creates the user with this e-mail address, and adds and removes them as the incoming webhook says.
#[utoipa::path(
    tag = "intake",
    request_body(content(
        (CallBody = "application/json"),
        (CallBody = "application/x-www-form-urlencoded"),
        (CallBody = "multipart/form-data"),
    )),
    responses((status = 200, description = "What the call did.", body = CallAnswer)),
)]
#[post("/hooks/in/{token}", wrap = "from_fn(once)")]
pub(crate) async fn receive_call(
    token: PathId<String>,
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> Result<web::Json<CallAnswer>, Problem> {
    let webhook = find(&state, &Token::from_text(token.0)).await?;
    let mut received = Received {
        id: CallId::generate(),
        at: state.clock.now(),
        started: std::time::Instant::now(),
        source_address: request.peer_addr().map(|address| address.ip().to_string()),
        payload: serde_json::Value::Null,
    };
    let result = receive(&state, &webhook, &mut received, (&request, payload)).await;
    if let Err(problem) = &result
        && problem.code.status().is_client_error()
    {
        log_refused(&state, &webhook, &received, problem.code).await;
    }
    result.map(web::Json)
}

/// The middleware for calls with an `Idempotency-Key`. Nothing is written for a token that leads nowhere.
async fn once(
    state: Data<State>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let token = req.match_info().get("token").map(Token::from_text);
    let (Some(token), true) = (token, idempotency::wants(&req)) else {
        return Ok(next.call(req).await?.map_into_boxed_body());
    };
    match find(&state, &token).await {
        Ok(webhook) => idempotency::once(&state, &webhook.id.to_string(), req, next).await,
        Err(problem) => Ok(req.into_response(problem.error_response())),
    }
}

/// Unknown, disabled and expired look the same to whoever tries tokens.
async fn find(state: &State, token: &Token) -> Result<IncomingWebhook, Problem> {
    let found = incoming_webhooks::find_by_token(&mut state.db.read().await?, &token.hash()).await?;
    let now = state.clock.now();
    let usable = found.filter(|webhook| webhook.enabled && webhook.expires_at.is_none_or(|at| at > now));
    usable.ok_or_else(|| Problem::new(Code::WebhookNotFound))
}

async fn receive(
    state: &State,
    webhook: &IncomingWebhook,
    received: &mut Received,
    (request, payload): (&HttpRequest, Payload),
) -> Result<CallAnswer, Problem> {
    let limits = &state.settings.limits;
    let bytes = intake::read(request, payload, limits).await?;
    intake::verify(state, webhook, request.headers(), &bytes)?;
    let sent = intake::parse(request, bytes, limits).await?;
    received.payload = sent.masked(&webhook.field_map.0);
    let person = sent.fields(&webhook.field_map.0, limits.intake_field)?.check()?;
    let outcome = intake::run(state, webhook, received, &person).await?;
    Ok(CallAnswer {
        status: "success",
        message: "Webhook executed.",
        execution_timestamp: received.at.timestamp(),
        user_id: outcome.user_id,
        call_id: received.id,
        user_created: outcome.user_created,
        username: outcome.username,
        changes: outcome.changes,
    })
}

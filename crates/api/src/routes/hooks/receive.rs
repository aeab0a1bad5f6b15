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
    intake::{self, Received, log_refused},
    request::{
        PathId,
        idempotency::{self, Once},
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

/// Finds or creates the user with this e-mail address, and adds and removes them as the incoming
/// webhook says. A repeat with the same `Idempotency-Key`, or of the same delivery of a provider
/// whose signature is checked, gets the first answer again.
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
    let source = source_address(&request, &state.settings.trusted_proxies);
    state.call_rates.call(source).await?;
    let Some(webhook) = find(&state, &Token::from_text(token.0)).await? else {
        state.call_rates.miss(source).await?;
        return Err(Problem::new(Code::WebhookNotFound));
    };
    let mut received = Received {
        id: CallId::generate(),
        at: state.clock.now(),
        started: std::time::Instant::now(),
        source_address: source.map(|address| address.to_string()),
        payload: serde_json::Value::Null,
    };
    let admitted = async {
        state.call_rates.admit(&webhook, source).await?;
        let bytes = intake::read(&request, payload, &state.settings.limits).await?;
        intake::verify(&state, &webhook, request.headers(), &bytes)?;
        Ok((idempotency::key_in(request.headers())?, bytes))
    };
    let (key, bytes) = match admitted.await {
        Ok(admitted) => admitted,
        Err(problem) => return Err(refused(&state, &webhook, &received, problem).await),
    };
    let delivery = if key.is_none() {
        intake::delivery_id(&webhook, request.headers(), &bytes)
    } else {
        None
    };
    let answer = answer(&state, &webhook, &mut received, (&request, &bytes));
    Ok(match (key, delivery) {
        (Some(key), _) => {
            let caller = webhook.id.to_string();
            let request = [request.path().as_bytes(), &bytes];
            idempotency::guard(
                &state,
                &Once {
                    caller: &caller,
                    key: &key,
                    request: &request,
                },
                answer,
            )
            .await
        }
        (None, Some(id)) => {
            let caller = format!("{} delivery", webhook.id);
            // The provider says that it is the same one; it may be signed anew.
            idempotency::guard(
                &state,
                &Once {
                    caller: &caller,
                    key: id.as_bytes(),
                    request: &[],
                },
                answer,
            )
            .await
        }
        (None, None) => answer.await,
    })
}

/// Unknown, disabled and expired look the same to whoever tries tokens.
async fn find(state: &State, token: &Token) -> Result<Option<IncomingWebhook>, Problem> {
    let now = state.clock.now();
    let found =
        incoming_webhooks::find_by_token(&mut state.db.read().await?, &token.hash(), now).await?;
    Ok(found.filter(|webhook| webhook.enabled && webhook.expires_at.is_none_or(|at| at > now)))
}

async fn answer(
    state: &State,
    webhook: &IncomingWebhook,
    received: &mut Received,
    call: (&HttpRequest, &Bytes),
) -> HttpResponse {
    match run(state, webhook, received, call).await {
        Ok(answer) => HttpResponse::Ok().json(answer),
        Err(problem) => refused(state, webhook, received, problem)
            .await
            .error_response(),
    }
}

/// Writes a refusal down. One for calling too often is not: that would cost what the limit is to
/// save.
async fn refused(
    state: &State,
    webhook: &IncomingWebhook,
    received: &Received,
    problem: Problem,
) -> Problem {
    if problem.code.status().is_client_error() && problem.code != Code::TooManyRequests {
        log_refused(state, webhook, received, problem.code).await;
    }
    problem
}

async fn run(
    state: &State,
    webhook: &IncomingWebhook,
    received: &mut Received,
    (request, bytes): (&HttpRequest, &Bytes),
) -> Result<CallAnswer, Problem> {
    let limits = &state.settings.limits;
    let sent = intake::parse(request, bytes.clone(), limits).await?;
    received.payload = sent.masked(&webhook.field_map.0);
    let person = sent.person(&webhook.field_map.0, limits.intake_field)?;
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

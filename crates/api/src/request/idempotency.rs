//! `Idempotency-Key` on every POST under `/v1`, and on calls of incoming webhooks: the first answer
//! is kept, sealed, and given again to a repeat.

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::{self, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName},
    },
    middleware::Next,
    web::{Bytes, Data},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storage::idempotency::{self, Claim, IdempotencyKey};

use super::{auth, body::read as read_body};
use crate::{Code, Problem, State, answer::OnceOnly};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// The middleware of `/v1`; it stands behind [`auth::identify`].
pub(crate) async fn layer(
    state: Data<State>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // A caller without a valid key gets 401 from the handler; nothing is written for such a
    // request.
    match auth::key_of(req.request()) {
        Some(caller) if wants(&req) => once(&state, &caller.to_string(), req, next).await,
        _ => Ok(next.call(req).await?.map_into_boxed_body()),
    }
}

/// Whether a request asks for it.
fn wants(req: &ServiceRequest) -> bool {
    *req.method() == Method::POST && req.headers().contains_key(HEADER)
}

/// Runs a request, unless its key's first request from the same caller did already.
async fn once(
    state: &State,
    caller: &str,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mine = match describe(state, &mut req, caller).await {
        Ok(mine) => mine,
        Err(problem) => return Ok(req.into_response(problem.error_response())),
    };
    match claim(state, &mine).await {
        Ok(Claim::First) => {}
        Ok(other) => return Ok(req.into_response(answer_of_other(state, &mine, other))),
        Err(problem) => return Ok(req.into_response(problem.error_response())),
    }
    let response = next.call(req).await?;
    let (request, response) = response.into_parts();
    let response = keep(state, &mine, response.map_into_boxed_body()).await;
    Ok(ServiceResponse::new(request, response))
}

/// What makes two requests outside of `/v1` the same one.
pub(crate) struct Once<'a> {
    /// Whose key it is.
    pub(crate) caller: &'a str,
    pub(crate) key: &'a [u8],
    /// What a repeat must have in common with the first.
    pub(crate) request: &'a [&'a [u8]],
}

/// Runs a request, unless the same one ran already.
pub(crate) async fn guard(
    state: &State,
    same: &Once<'_>,
    run: impl Future<Output = HttpResponse>,
) -> HttpResponse {
    let mine = row(state, same.caller, same.key, same.request);
    match claim(state, &mine).await {
        Ok(Claim::First) => keep(state, &mine, run.await).await,
        Ok(other) => answer_of_other(state, &mine, other),
        Err(problem) => problem.error_response(),
    }
}

/// The key that a request carries.
pub(crate) fn key_in(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(key) = headers.get(HEADER).map(|value| value.as_bytes().to_vec()) else {
        return Ok(None);
    };
    if !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(Problem::new(Code::InvalidIdempotencyKey)
            .detail("Use 1 to 255 visible ASCII characters."));
    }
    Ok(Some(key))
}

/// The row that stands for the request. Reads the body and puts it back.
async fn describe(
    state: &State,
    req: &mut ServiceRequest,
    caller: &str,
) -> Result<IdempotencyKey, Problem> {
    let key = key_in(req.headers())?.unwrap_or_default();
    let limits = &state.settings.limits;
    let limit = limits.body_of(&req.match_pattern().unwrap_or_default());
    let payload = req.take_payload();
    let body = read_body(req.headers(), payload, limit, limits.body_time).await?;
    req.set_payload(Payload::from(body.clone()));
    Ok(row(
        state,
        caller,
        &key,
        &[
            req.method().as_str().as_bytes(),
            req.uri().to_string().as_bytes(),
            &body,
        ],
    ))
}

/// The row of a caller's key; `request` is what a repeat must have in common with the first.
fn row(state: &State, caller: &str, key: &[u8], request: &[&[u8]]) -> IdempotencyKey {
    let now = state.clock.now();
    IdempotencyKey {
        key_hash: digest(&[caller.as_bytes(), key]),
        // Under the vault's key: a body may hold a password, which a plain hash would let be
        // guessed.
        fingerprint: state.vault.tag(&digest(request)).to_vec(),
        answer: None,
        locked_until: now + state.settings.limits.idempotency_lock,
        expires_at: now + state.settings.limits.idempotency_ttl,
    }
}

/// SHA-256 over parts that cannot run into each other.
pub(crate) fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

async fn claim(state: &State, mine: &IdempotencyKey) -> Result<Claim, Problem> {
    let mut conn = state.db.write().await?;
    Ok(idempotency::claim(&mut conn, mine, state.clock.now()).await?)
}

fn answer_of_other(state: &State, mine: &IdempotencyKey, claim: Claim) -> HttpResponse {
    let problem = match claim {
        Claim::Answered(sealed) => match open(state, mine, &sealed) {
            Ok(response) => return response,
            Err(problem) => problem,
        },
        Claim::OtherRequest => Problem::new(Code::IdempotencyKeyReused).detail(
            "The key was used with another method, path or body. Use a new key for a new request.",
        ),
        Claim::Running | Claim::First => Problem::new(Code::IdempotencyInProgress).retry_after(1),
    };
    problem.error_response()
}

fn open(state: &State, mine: &IdempotencyKey, sealed: &[u8]) -> Result<HttpResponse, Problem> {
    let kept: Kept = serde_json::from_slice(&state.vault.open(&context(mine), sealed)?)
        .map_err(Problem::internal)?;
    let mut response =
        HttpResponse::build(StatusCode::from_u16(kept.status).map_err(Problem::internal)?);
    for (name, value) in kept.headers {
        response.insert_header((name, value));
    }
    response.insert_header((REPLAYED, "true"));
    Ok(response.body(kept.body))
}

/// Keeps an answer, unless another try may well get another one.
async fn keep(state: &State, mine: &IdempotencyKey, mut response: HttpResponse) -> HttpResponse {
    let status = response.status();
    let once_only = response.extensions_mut().remove::<OnceOnly>();
    let (head, body) = response.into_parts();
    let body = body::to_bytes(body).await.unwrap_or_default();
    if status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 429) {
        log_failure(forget(state, mine).await);
    } else {
        let shown =
            once_only.map_or_else(|| body.clone(), |OnceOnly(redacted)| Bytes::from(redacted));
        let headers = [header::CONTENT_TYPE, header::LOCATION, header::ETAG]
            .into_iter()
            .filter_map(|name| {
                let value = head.headers().get(&name)?.to_str().ok()?;
                Some((name.to_string(), value.to_owned()))
            });
        let kept = Kept {
            status: status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&shown).into_owned(),
        };
        log_failure(store(state, mine, &kept).await);
    }
    head.set_body(body).map_into_boxed_body()
}

async fn store(state: &State, mine: &IdempotencyKey, kept: &Kept) -> Result<(), storage::Error> {
    let sealed = state.vault.seal(
        &context(mine),
        &serde_json::to_vec(kept).unwrap_or_default(),
    );
    idempotency::finish(&mut state.db.write().await?, &mine.key_hash, &sealed).await
}

async fn forget(state: &State, mine: &IdempotencyKey) -> Result<(), storage::Error> {
    idempotency::abandon(&mut state.db.write().await?, &mine.key_hash).await
}

/// The effect is committed and the client has its answer; only a repeat within the lock's time
/// would notice.
fn log_failure(result: Result<(), storage::Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the answer to an Idempotency-Key could not be kept");
    }
}

fn context(mine: &IdempotencyKey) -> String {
    let hex: String = mine
        .key_hash
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("idempotency {hex}")
}

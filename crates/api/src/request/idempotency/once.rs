//! A request that takes effect once, however often it is sent: its key is claimed, it runs, and its
//! answer is kept, sealed, for those that repeat it.

use std::time::Duration;

use actix_web::{
    HttpResponse, ResponseError, body,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    web::Bytes,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storage::idempotency::{self, Claim, IdempotencyKey};

use crate::{Code, Problem, State, answer::OnceOnly, json_bytes, request::finish::must_finish};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long a request counts as running when its process died.
const LOCKED_FOR: Duration = Duration::from_secs(60);

/// A request and the key that says which others are the same one.
pub(crate) struct Once<'s> {
    state: &'s State,
    row: IdempotencyKey,
}

/// What is to be done with a request.
pub(crate) enum Turn<'s> {
    /// Nobody sent it before: run it, then give the answer to [`FirstRun::keep`].
    First(FirstRun<'s>),
    /// Somebody did: this is the answer.
    Repeat(HttpResponse),
}

/// The one run of a request that repeats are compared with.
pub(crate) struct FirstRun<'s>(Once<'s>);

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl<'s> Once<'s> {
    /// A request that `caller` sent with this key; `request` is what a repeat must have in common
    /// with it.
    pub(crate) fn new(state: &'s State, caller: &str, key: &[u8], request: &[&[u8]]) -> Self {
        let now = state.clock.now();
        let row = IdempotencyKey {
            key_hash: digest(&[caller.as_bytes(), key]),
            // Under the vault's key: a body may hold a password, which a plain hash would let be
            // guessed.
            fingerprint: state.vault.tag(&digest(request)).to_vec(),
            answer: None,
            locked_until: now + LOCKED_FOR,
            expires_at: now + state.settings.server.idempotency_hours.duration(),
        };
        Self { state, row }
    }

    /// Claims the key.
    ///
    /// # Errors
    /// Only those of ours. That the key belongs to another request, or that the first one still
    /// runs, is an answer.
    pub(crate) async fn claim(self) -> Result<Turn<'s>, Problem> {
        let mut conn = self.state.db.write().await?;
        must_finish();
        let claim = idempotency::claim(&mut conn, &self.row, self.state.clock.now()).await?;
        let problem = match claim {
            Claim::First => return Ok(Turn::First(FirstRun(self))),
            Claim::Answered(sealed) => return self.open(&sealed).map(Turn::Repeat),
            Claim::OtherRequest => Problem::new(Code::IdempotencyKeyReused).detail(
                "The key was used with another method, path or body. Use a new key for a new request.",
            ),
            Claim::Running => Problem::new(Code::IdempotencyInProgress).retry_after(1),
        };
        Ok(Turn::Repeat(problem.error_response()))
    }

    fn open(&self, sealed: &[u8]) -> Result<HttpResponse, Problem> {
        let kept: KeptAnswer =
            serde_json::from_slice(&self.state.vault.open(&self.context(), sealed)?)
                .map_err(Problem::internal)?;
        let mut response =
            HttpResponse::build(StatusCode::from_u16(kept.status).map_err(Problem::internal)?);
        for (name, value) in kept.headers {
            response.insert_header((name, value));
        }
        response.insert_header((REPLAYED, "true"));
        Ok(response.body(kept.body))
    }

    /// Binds a sealed answer to its key.
    fn context(&self) -> String {
        let key = &self.row.key_hash;
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("idempotency {hex}")
    }
}

impl FirstRun<'_> {
    /// Keeps an answer of success; after any other the request may run again: what was wrong may
    /// lie on our side, and be mended there.
    pub(crate) async fn keep_success(self, response: HttpResponse) -> HttpResponse {
        if response.status().is_success() {
            return self.keep(response).await;
        }
        log_failure(self.forget().await);
        response
    }

    /// Keeps the answer for repeats, unless another try may well get another one.
    pub(crate) async fn keep(self, mut response: HttpResponse) -> HttpResponse {
        let once_only = response.extensions_mut().remove::<OnceOnly>();
        let (head, body) = response.into_parts();
        let body = match body::to_bytes(body).await {
            Ok(body) => body,
            Err(error) => {
                log_failure(self.forget().await);
                return Problem::internal(error).error_response();
            }
        };
        let result = if may_differ(head.status()) {
            self.forget().await
        } else {
            let shown =
                once_only.map_or_else(|| body.clone(), |OnceOnly(redacted)| Bytes::from(redacted));
            self.store(&head, &shown).await
        };
        log_failure(result);
        head.set_body(body).map_into_boxed_body()
    }

    async fn store<B>(&self, head: &HttpResponse<B>, body: &[u8]) -> storage::Result<()> {
        let headers = [header::CONTENT_TYPE, header::LOCATION, header::ETAG]
            .into_iter()
            .filter_map(|name| {
                let value = head.headers().get(&name)?.to_str().ok()?;
                Some((name.to_string(), value.to_owned()))
            });
        let kept = KeptAnswer {
            status: head.status().as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        let Self(Once { state, row }) = self;
        let sealed = state.vault.seal(&self.0.context(), &json_bytes(&kept));
        idempotency::finish(&mut state.db.write().await?, &row.key_hash, &sealed).await
    }

    async fn forget(&self) -> storage::Result<()> {
        let Self(Once { state, row }) = self;
        idempotency::abandon(&mut state.db.write().await?, &row.key_hash).await
    }
}

/// Whether the same request may get another answer later: after a failure of ours, or once the
/// caller may do more.
fn may_differ(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 429)
}

/// The effect is committed and the client has its answer; only a repeat within the lock's time
/// would notice.
fn log_failure(result: storage::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the answer to an Idempotency-Key could not be kept");
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

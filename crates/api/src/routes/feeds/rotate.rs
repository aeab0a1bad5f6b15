use actix_web::{HttpResponse, post, web::Data};
use domain::{
    Instant, Invalid,
    api_key::Scope,
    feed::{GRACE_SECONDS, MAX_GRACE_SECONDS, MAX_PREVIOUS, PreviousSecret, TooManyPrevious},
    id::FeedId,
};
use serde::{Deserialize, Serialize};
use storage::{
    JsonText,
    feeds::{self, Feed},
};

use super::vault;
use crate::{
    Code, Problem, State,
    answer::OnceOnly,
    request::{Caller, IfMatch, OptionalJson, PathId, optimistic, scope},
    schema,
};

/// How a feed's secret is replaced.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grace_seconds": 3600}))]
pub(crate) struct RotateFeedSecret {
    /// How long the old secret goes on signing beside the new one; a day when it is left out. 0 is
    /// for a secret that leaked: it ends at once, and so does every one that was replaced before.
    #[schema(minimum = 0, maximum = 604800)]
    grace_seconds: Option<u32>,
}

/// The new secret, shown this once, and until when the old ones sign.
#[derive(Serialize, Clone, utoipa::ToSchema)]
pub(crate) struct RotatedFeedSecret {
    /// Null in the answer to a repeat with the same `Idempotency-Key`.
    #[schema(required, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
    /// The new public key of a feed that has one.
    #[schema(required)]
    public_key: Option<String>,
    previous: Vec<ReplacedSecret>,
}

/// A replaced secret that still signs.
#[derive(Serialize, Clone, utoipa::ToSchema)]
pub(crate) struct ReplacedSecret {
    #[schema(schema_with = schema::instant)]
    expires_at: Instant,
}

/// Replaces a feed's signing secret, and its key pair if it has one. Besides `feeds:write` it needs
/// `feeds:secrets`.
#[utoipa::path(
    tag = "feeds",
    request_body = RotateFeedSecret,
    responses((status = 200, description = "The new secret.", body = RotatedFeedSecret)),
)]
#[post("/feeds/{id}/rotate-secret")]
pub(crate) async fn rotate_feed_secret(
    caller: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
    body: OptionalJson<RotateFeedSecret>,
) -> Result<HttpResponse, Problem> {
    if !caller.may(Scope::FeedsSecrets) {
        let detail = format!(
            "The answer shows a secret, and the API key lacks the scope \"{}\".",
            Scope::FeedsSecrets
        );
        return Err(Problem::new(Code::MissingScope).detail(detail));
    }
    let grace = body.0.grace_seconds.unwrap_or(GRACE_SECONDS);
    if grace > MAX_GRACE_SECONDS {
        return Err(Invalid::one(
            "/grace_seconds",
            "out_of_range",
            "Use 0 to 604800 seconds (7 days).",
        )
        .into());
    }
    let row = optimistic(&IfMatch::default(), async || {
        rotate(&state, *id, grace).await
    })
    .await?;
    let secret = vault(&state, row.id)
        .open_secret(&row.secret_sealed)?
        .expose();
    let replaced = |previous: &PreviousSecret| ReplacedSecret {
        expires_at: previous.expires_at,
    };
    let previous = row.previous_secrets.0.iter().map(replaced).collect();
    let shown = RotatedFeedSecret {
        secret: Some(secret),
        public_key: row.public_key,
        previous,
    };
    let redacted = serde_json::to_vec(&RotatedFeedSecret {
        secret: None,
        ..shown.clone()
    })
    .map_err(Problem::internal)?;
    let mut response = HttpResponse::Ok().json(shown);
    response.extensions_mut().insert(OnceOnly(redacted));
    Ok(response)
}

async fn rotate(state: &State, id: FeedId, grace: u32) -> Result<Feed, Problem> {
    let mut tx = state.db.begin().await?;
    let mut row = feeds::find(&mut tx, id).await?;
    let (mut keys, now) = (row.keys(), state.clock.now());
    let public = keys.rotate(vault(state, id), grace, now).map_err(refusal)?;
    (row.secret_sealed, row.key_sealed, row.public_key) = (keys.secret, keys.key, public);
    row.previous_secrets = JsonText(keys.previous);
    row.updated_at = now;
    feeds::update(&mut tx, &mut row).await?;
    tx.commit().await?;
    Ok(row)
}

fn refusal(_: TooManyPrevious) -> Problem {
    Problem::new(Code::LimitReached).detail(format!(
        "{MAX_PREVIOUS} replaced secrets still sign. Wait until one of them ends, or end all of them with grace_seconds 0."
    ))
}

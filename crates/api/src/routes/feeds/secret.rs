use actix_web::{get, web::Data};
use domain::{Instant, feed::PreviousSecret, id::FeedId};
use serde::Serialize;
use storage::feeds;

use super::vault;
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    schema,
};

/// What a feed's receiver verifies signatures with (Standard Webhooks).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FeedSecret {
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
    /// Secrets that a rotation replaced and that still sign.
    previous: Vec<PreviousSecretView>,
}

/// A replaced secret that still signs.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PreviousSecret)]
pub(crate) struct PreviousSecretView {
    secret: String,
    #[schema(schema_with = schema::instant)]
    expires_at: Instant,
}

/// Reads a feed's signing secrets.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The secrets.", body = FeedSecret)))]
#[get("/feeds/{id}/secret")]
pub(crate) async fn get_feed_secret(
    _: Caller<scope::FeedsSecrets>,
    id: PathId<FeedId>,
    state: Data<State>,
) -> Result<Resource<FeedSecret>, Problem> {
    let row = feeds::find(&mut state.db.read().await?, *id).await?;
    let (vault, now) = (vault(&state, row.id), state.clock.now());
    let secret = vault.open_secret(&row.secret_sealed)?.expose();
    let valid = row
        .previous_secrets
        .0
        .iter()
        .filter(|previous| previous.expires_at > now);
    let view = |previous: &PreviousSecret| {
        Ok(PreviousSecretView {
            secret: previous.open(vault)?.expose(),
            expires_at: previous.expires_at,
        })
    };
    let previous = valid.map(view).collect::<Result<_, Problem>>()?;
    Ok(Resource::hashed(FeedSecret { secret, previous }))
}

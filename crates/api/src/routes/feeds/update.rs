use actix_web::{patch, web::Data};
use domain::{feed::FeedState, id::FeedId};
use storage::feeds;

use super::{cancel_leftovers, check::check, put, turn, vault};
use crate::{
    Problem, State,
    answer::Resource,
    input::feed::UpdateFeed,
    request::{Caller, IfMatch, Json, PathId, optimistic, scope},
    views::FeedView,
};

/// Changes a feed.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The changed feed.", body = FeedView)))]
#[patch("/feeds/{id}")]
pub(crate) async fn update_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
    if_match: IfMatch,
    body: Json<UpdateFeed>,
) -> Result<Resource<FeedView>, Problem> {
    if body.0.enables() {
        cancel_leftovers(&state, *id).await?;
    }
    let changed = optimistic(&if_match, async || {
        let mut tx = state.db.begin().await?;
        let mut row = feeds::find(&mut tx, *id).await?;
        if_match.check_version(row.version)?;
        let (before, now) = (row.clone(), state.clock.now());
        let vault = vault(&state, *id);
        let draft = body.0.clone().apply(row.spec.get()?.clone(), vault)?;
        if let Some(enabled) = draft.enabled {
            turn(&mut row, enabled, now);
        }
        let spec = check(&state, &mut tx, draft, row.state == FeedState::Enabled).await?;
        put(&mut row, spec, vault);
        if row != before {
            row.updated_at = now;
            feeds::update(&mut tx, &mut row).await?;
        }
        tx.commit().await?;
        let version = row.version;
        Ok(Resource::versioned(FeedView::of(row)?, version))
    })
    .await?;
    Ok(changed)
}

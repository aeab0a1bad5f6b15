//! Enabling and disabling.

use actix_web::{post, web::Data};
use domain::id::FeedId;
use storage::feeds;

use super::{cancel_leftovers, check::check, put, turn, vault};
use crate::{
    Problem, State,
    answer::Resource,
    input::feed::FeedDraft,
    request::{Caller, IfMatch, PathId, optimistic, scope},
    views::FeedView,
};

/// Enables a feed, if it is complete. What was canceled stays canceled.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The feed, enabled.", body = FeedView)))]
#[post("/feeds/{id}/enable")]
pub(crate) async fn enable_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
) -> Result<Resource<FeedView>, Problem> {
    switch(&state, *id, true).await
}

/// Disables a feed. What waits for it is canceled.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The feed, disabled.", body = FeedView)))]
#[post("/feeds/{id}/disable")]
pub(crate) async fn disable_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
) -> Result<Resource<FeedView>, Problem> {
    switch(&state, *id, false).await
}

async fn switch(state: &State, id: FeedId, enabled: bool) -> Result<Resource<FeedView>, Problem> {
    if enabled {
        cancel_leftovers(state, id).await?;
    }
    let answer = optimistic(&IfMatch::default(), async || {
        let mut tx = state.db.begin().await?;
        let mut row = feeds::find(&mut tx, id).await?;
        let now = state.clock.now();
        if turn(&mut row, enabled, now) {
            if enabled {
                let draft = FeedDraft::of(row.spec.get()?.clone());
                let spec = check(state, &mut tx, draft, true).await?;
                put(&mut row, spec, vault(state, id));
            }
            row.updated_at = now;
            feeds::update(&mut tx, &mut row).await?;
        }
        tx.commit().await?;
        let version = row.version;
        Ok(Resource::versioned(FeedView::of(row)?, version))
    })
    .await?;
    Ok(answer)
}

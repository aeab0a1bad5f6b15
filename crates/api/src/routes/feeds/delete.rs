use actix_web::{HttpResponse, delete, web::Data};
use domain::id::FeedId;
use storage::feeds;

use crate::{
    Problem, State,
    request::{Caller, IfMatch, PathId, scope},
};

/// Removes a feed. What waits for it is canceled; its deliveries stay readable.
#[utoipa::path(tag = "feeds", responses((status = 204, description = "Deleted.")))]
#[delete("/feeds/{id}")]
pub(crate) async fn delete_feed(
    _: Caller<scope::FeedsWrite>,
    id: PathId<FeedId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    if_match.check_version(feeds::find(&mut tx, *id).await?.version)?;
    feeds::delete(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

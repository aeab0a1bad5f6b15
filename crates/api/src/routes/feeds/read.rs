use actix_web::{get, web::Data};
use domain::id::FeedId;
use storage::feeds;

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::FeedView,
};

/// Reads a feed.
#[utoipa::path(tag = "feeds", responses((status = 200, description = "The feed.", body = FeedView)))]
#[get("/feeds/{id}")]
pub(crate) async fn get_feed(
    _: Caller<scope::FeedsRead>,
    id: PathId<FeedId>,
    state: Data<State>,
) -> Result<Resource<FeedView>, Problem> {
    let row = feeds::find(&mut state.db.read().await?, *id).await?;
    let version = row.version;
    Ok(Resource::versioned(FeedView::of(row)?, version))
}

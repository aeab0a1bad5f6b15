use actix_web::{get, web::Data};
use domain::id::SpaceId;
use storage::spaces;

use super::with_counts;
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::SpaceView,
};

/// Reads a space.
#[utoipa::path(tag = "spaces", responses((status = 200, description = "The space.", body = SpaceView)))]
#[get("/spaces/{id}")]
pub(crate) async fn get_space(
    _: Caller<scope::CommunityRead>,
    id: PathId<SpaceId>,
    state: Data<State>,
) -> Result<Resource<SpaceView>, Problem> {
    let mut conn = state.db.read().await?;
    let space = spaces::find(&mut conn, *id).await?;
    let (version, view) = (space.version, with_counts(&mut conn, &[*id]).await?);
    Ok(Resource::versioned(view(space), version))
}

use actix_web::{get, web::Data};
use domain::id::SpaceId;
use storage::{Conn, memberships, spaces};

use crate::{
    Problem, State,
    auth::{Caller, scope},
    etag::Resource,
    extract::PathId,
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
    let (version, count) = (space.version, member_count(&mut conn, *id).await?);
    Ok(Resource::versioned(SpaceView::new(space, count), version))
}

/// How many active members the space has.
pub(super) async fn member_count(conn: &mut Conn, id: SpaceId) -> Result<i64, Problem> {
    let counts = memberships::count(conn, &[id]).await?;
    Ok(counts.first().map_or(0, |(_, count)| *count))
}

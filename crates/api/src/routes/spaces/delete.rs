use actix_web::{HttpResponse, delete, rt, web::Data};
use domain::id::SpaceId;

use crate::{
    Problem, State, community,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a space, which all members leave. Each of them, and the end of the
/// space, is an event.
#[utoipa::path(tag = "spaces", responses((status = 204, description = "Deleted.")))]
#[delete("/spaces/{id}")]
pub(crate) async fn delete_space(
    _: Caller<scope::CommunityWrite>,
    id: PathId<SpaceId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    // To its end, whether or not the client waits for it.
    let deletion = async move { community::delete_space(&state, *id, &if_match).await };
    rt::spawn(deletion).await.map_err(Problem::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

use actix_web::{HttpResponse, delete, rt, web::Data};
use domain::id::UserId;

use crate::{
    Problem, State, community,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a user, who leaves all spaces and courses. Each of them, and the end of the
/// user, is an event.
#[utoipa::path(tag = "users", responses((status = 204, description = "Deleted.")))]
#[delete("/users/{id}")]
pub(crate) async fn delete_user(
    _: Caller<scope::CommunityWrite>,
    id: PathId<UserId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    // To its end, whether or not the client waits for it.
    let deletion = async move { community::delete_user(&state, *id, &if_match).await };
    rt::spawn(deletion).await.map_err(Problem::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

use actix_web::{HttpResponse, delete, rt, web::Data};
use domain::id::CourseId;

use crate::{
    Problem, State, community,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a course, which all students leave. Each of them, and the end of the
/// course, is an event.
#[utoipa::path(tag = "courses", responses((status = 204, description = "Deleted.")))]
#[delete("/courses/{id}")]
pub(crate) async fn delete_course(
    _: Caller<scope::CommunityWrite>,
    id: PathId<CourseId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    // To its end, whether or not the client waits for it.
    let deletion = async move { community::delete_course(&state, *id, &if_match).await };
    rt::spawn(deletion).await.map_err(Problem::internal)??;
    Ok(HttpResponse::NoContent().finish())
}

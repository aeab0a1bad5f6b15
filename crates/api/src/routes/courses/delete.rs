use actix_web::{HttpResponse, delete, web::Data};
use domain::id::CourseId;
use storage::courses;

use crate::{
    Problem, State,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a course with its enrollments.
#[utoipa::path(tag = "courses", responses((status = 204, description = "Deleted.")))]
#[delete("/courses/{id}")]
pub(crate) async fn delete_course(
    _: Caller<scope::CommunityWrite>,
    id: PathId<CourseId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    if_match.check_version(courses::find(&mut tx, *id).await?.version)?;
    courses::delete(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

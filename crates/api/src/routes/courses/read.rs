use actix_web::{get, web::Data};
use domain::id::CourseId;
use storage::courses;

use super::with_counts;
use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::CourseView,
};

/// Reads a course.
#[utoipa::path(tag = "courses", responses((status = 200, description = "The course.", body = CourseView)))]
#[get("/courses/{id}")]
pub(crate) async fn get_course(
    _: Caller<scope::CommunityRead>,
    id: PathId<CourseId>,
    state: Data<State>,
) -> Result<Resource<CourseView>, Problem> {
    let mut conn = state.db.read().await?;
    let course = courses::find(&mut conn, *id).await?;
    let (version, view) = (course.version, with_counts(&mut conn, &[*id]).await?);
    Ok(Resource::versioned(view(course), version))
}

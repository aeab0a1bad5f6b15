use actix_web::{get, web::Data};
use domain::id::CourseId;
use storage::{courses, enrollments};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    views::StudentView,
};

/// Lists the students of a course.
#[utoipa::path(tag = "courses", responses((status = 200, description = "A page of students, latest first.", body = List<StudentView>)))]
#[get("/courses/{id}/students")]
pub(crate) async fn list_course_students(
    _: Caller<scope::CommunityRead>,
    id: PathId<CourseId>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<StudentView>, Problem> {
    let mut conn = state.db.read().await?;
    courses::find(&mut conn, *id).await?;
    let page = enrollments::list_of_course(&mut conn, *id, &listing.window).await?;
    Ok(listing.answer(
        page,
        |(enrollment, _)| enrollment.id.uuid(),
        |(enrollment, user)| StudentView::new(&enrollment, user),
    ))
}

use actix_web::{post, web::Data};
use domain::id::{CourseId, UserId};
use storage::{courses, users};

use crate::{
    Problem, State,
    answer::Resource,
    community::{self, By, Changes},
    request::{Caller, PathId, scope},
    views::StudentView,
};

/// Records that a student completed the course. Repeating it changes nothing.
#[utoipa::path(tag = "courses", responses((status = 200, description = "The student.", body = StudentView)))]
#[post("/courses/{id}/students/{user_id}/complete")]
pub(crate) async fn complete_course(
    _: Caller<scope::CommunityWrite>,
    ids: PathId<(CourseId, UserId)>,
    state: Data<State>,
) -> Result<Resource<StudentView>, Problem> {
    let (course_id, user_id) = *ids;
    let mut changes = Changes::new(By::Api, state.clock.now());
    let mut tx = state.db.begin().await?;
    let course = courses::find(&mut tx, course_id).await?;
    let user = users::find(&mut tx, user_id).await?;
    let enrollment = community::complete(&mut tx, &mut changes, &user, &course).await?;
    changes.save(&mut tx).await?;
    tx.commit().await?;
    Ok(Resource::hashed(StudentView::new(&enrollment, user)))
}

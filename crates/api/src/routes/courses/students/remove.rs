use actix_web::{HttpResponse, delete, web::Data};
use domain::{
    community::Action,
    id::{CourseId, UserId},
};
use storage::{courses, users};

use crate::{
    Code, Problem, State,
    community::{self, By, Changes},
    request::{Caller, PathId, scope},
};

/// Ends an enrollment, or withdraws a request to join.
#[utoipa::path(tag = "courses", responses((status = 204, description = "The user is not a student of the course (any more).")))]
#[delete("/courses/{id}/students/{user_id}")]
pub(crate) async fn remove_course_student(
    _: Caller<scope::CommunityWrite>,
    ids: PathId<(CourseId, UserId)>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (course_id, user_id) = *ids;
    let mut changes = Changes::new(By::Api, state.clock.now());
    let mut tx = state.db.begin().await?;
    let course = courses::find(&mut tx, course_id).await?;
    let user = users::find(&mut tx, user_id).await?;
    if community::unenroll(&mut tx, &mut changes, &user, &course).await? == Action::NotMember {
        return Err(
            Problem::new(Code::NotFound).detail("The user is not a student of this course.")
        );
    }
    changes.save(&mut tx).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

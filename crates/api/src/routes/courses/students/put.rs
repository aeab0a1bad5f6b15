use actix_web::{put, web::Data};
use domain::{
    community::MemberStatus,
    id::{CourseId, UserId},
};
use serde::Deserialize;
use storage::{courses, users};

use crate::{
    Problem, State,
    answer::Resource,
    community::{self, By, Changes},
    request::{Caller, IfMatch, OptionalJson, PathId, optimistic, scope},
    schema,
    views::StudentView,
};

/// A user's place in a course. Omitted fields stay as they are; a new student starts as `active`.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "active"}))]
pub(crate) struct PutStudent {
    #[schema(schema_with = schema::or_null::member_status, required = false)]
    status: Option<MemberStatus>,
}

/// Adds a student, or changes one.
#[utoipa::path(
    tag = "courses",
    request_body(content = PutStudent),
    responses((status = 200, description = "The student.", body = StudentView)),
)]
#[put("/courses/{id}/students/{user_id}")]
pub(crate) async fn put_course_student(
    _: Caller<scope::CommunityWrite>,
    ids: PathId<(CourseId, UserId)>,
    state: Data<State>,
    body: OptionalJson<PutStudent>,
) -> Result<Resource<StudentView>, Problem> {
    let (course_id, user_id) = *ids;
    let view = optimistic(&IfMatch::default(), async || {
        let mut changes = Changes::new(By::Api, state.clock.now());
        let mut tx = state.db.begin().await?;
        let course = courses::find(&mut tx, course_id).await?;
        let user = users::find(&mut tx, user_id).await?;
        community::admit(&user)?;
        let enrollment =
            community::set_enrollment(&mut tx, &mut changes, (&user, &course), body.0.status)
                .await?;
        changes.save(&mut tx).await?;
        tx.commit().await?;
        Ok(StudentView::new(&enrollment, user))
    })
    .await?;
    Ok(Resource::hashed(view))
}

use actix_web::{get, web::Data};
use domain::id::UserId;
use storage::{enrollments, users};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    routes::courses::with_counts,
    views::EnrollmentView,
};

/// Lists the courses that a user belongs to.
#[utoipa::path(tag = "users", responses((status = 200, description = "A page of enrollments, latest first.", body = List<EnrollmentView>)))]
#[get("/users/{id}/enrollments")]
pub(crate) async fn list_user_enrollments(
    _: Caller<scope::CommunityRead>,
    id: PathId<UserId>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<EnrollmentView>, Problem> {
    let mut conn = state.db.read().await?;
    users::find(&mut conn, *id).await?;
    let page = enrollments::list_of_user(&mut conn, *id, &listing.window).await?;
    let ids: Vec<_> = page
        .rows
        .iter()
        .map(|(enrollment, _)| enrollment.course_id)
        .collect();
    let view = with_counts(&mut conn, &ids).await?;
    Ok(listing.answer(
        page,
        |(enrollment, _)| enrollment.id.uuid(),
        |(enrollment, course)| EnrollmentView::new(&enrollment, view(course)),
    ))
}

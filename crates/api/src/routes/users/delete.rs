use actix_web::{HttpResponse, delete, web::Data};
use domain::id::UserId;
use storage::users;

use crate::{
    Problem, State,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a user with all memberships and enrollments.
#[utoipa::path(tag = "users", responses((status = 204, description = "Deleted.")))]
#[delete("/users/{id}")]
pub(crate) async fn delete_user(
    _: Caller<scope::CommunityWrite>,
    id: PathId<UserId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    if_match.check_version(users::find(&mut tx, *id).await?.version)?;
    users::delete(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

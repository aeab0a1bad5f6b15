use actix_web::{get, web::Data};
use domain::id::UserId;
use storage::users;

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::UserView,
};

/// Reads a user.
#[utoipa::path(tag = "users", responses((status = 200, description = "The user.", body = UserView)))]
#[get("/users/{id}")]
pub(crate) async fn get_user(
    _: Caller<scope::CommunityRead>,
    id: PathId<UserId>,
    state: Data<State>,
) -> Result<Resource<UserView>, Problem> {
    let user = users::find(&mut state.db.read().await?, *id).await?;
    let version = user.version;
    Ok(Resource::versioned(user.into(), version))
}

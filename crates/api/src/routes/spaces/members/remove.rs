use actix_web::{HttpResponse, delete, web::Data};
use domain::{
    community::Action,
    id::{SpaceId, UserId},
};
use storage::{spaces, users};

use crate::{
    Code, Problem, State,
    community::{self, By, Changes},
    request::{Caller, PathId, scope},
};

/// Ends a membership, or withdraws a request to join.
#[utoipa::path(tag = "spaces", responses((status = 204, description = "The user is not a member of the space (any more).")))]
#[delete("/spaces/{id}/members/{user_id}")]
pub(crate) async fn remove_space_member(
    _: Caller<scope::CommunityWrite>,
    ids: PathId<(SpaceId, UserId)>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let (space_id, user_id) = *ids;
    let mut changes = Changes::new(By::Api, state.clock.now());
    let mut tx = state.db.begin().await?;
    let space = spaces::find(&mut tx, space_id).await?;
    let user = users::find(&mut tx, user_id).await?;
    if community::leave_space(&mut tx, &mut changes, &user, &space, false).await?
        == Action::NotMember
    {
        return Err(Problem::new(Code::NotFound).detail("The user is not a member of this space."));
    }
    changes.save(&mut tx).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

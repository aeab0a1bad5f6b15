use actix_web::{HttpResponse, delete, web::Data};
use domain::id::SpaceId;
use storage::spaces;

use crate::{
    Problem, State,
    request::{Caller, IfMatch, PathId, scope},
};

/// Deletes a space with its memberships.
#[utoipa::path(tag = "spaces", responses((status = 204, description = "Deleted.")))]
#[delete("/spaces/{id}")]
pub(crate) async fn delete_space(
    _: Caller<scope::CommunityWrite>,
    id: PathId<SpaceId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    if_match.check_version(spaces::find(&mut tx, *id).await?.version)?;
    spaces::delete(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

use actix_web::{get, web::Data};
use domain::id::SpaceId;
use storage::{memberships, spaces};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    views::MemberView,
};

/// Lists the members of a space.
#[utoipa::path(tag = "spaces", responses((status = 200, description = "A page of members, latest first.", body = List<MemberView>)))]
#[get("/spaces/{id}/members")]
pub(crate) async fn list_space_members(
    _: Caller<scope::CommunityRead>,
    id: PathId<SpaceId>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<MemberView>, Problem> {
    let mut conn = state.db.read().await?;
    spaces::find(&mut conn, *id).await?;
    let page = memberships::list_of_space(&mut conn, *id, &listing.window).await?;
    Ok(listing.answer(
        page,
        |(membership, _)| membership.id.uuid(),
        |(membership, user)| MemberView::new(&membership, user),
    ))
}

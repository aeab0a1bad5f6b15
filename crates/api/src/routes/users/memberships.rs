use actix_web::{get, web::Data};
use domain::id::UserId;
use storage::{memberships, users};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    routes::spaces::with_counts,
    views::MembershipView,
};

/// Lists the spaces that a user belongs to.
#[utoipa::path(tag = "users", responses((status = 200, description = "A page of memberships, latest first.", body = List<MembershipView>)))]
#[get("/users/{id}/memberships")]
pub(crate) async fn list_user_memberships(
    _: Caller<scope::CommunityRead>,
    id: PathId<UserId>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<MembershipView>, Problem> {
    let mut conn = state.db.read().await?;
    users::find(&mut conn, *id).await?;
    let page = memberships::list_of_user(&mut conn, *id, &listing.window).await?;
    let ids: Vec<_> = page
        .rows
        .iter()
        .map(|(membership, _)| membership.space_id)
        .collect();
    let view = with_counts(&mut conn, &ids).await?;
    Ok(listing.answer(
        page,
        |(membership, _)| membership.id.uuid(),
        |(membership, space)| MembershipView::new(&membership, view(space)),
    ))
}

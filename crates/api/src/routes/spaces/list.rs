use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::spaces;

use super::with_counts;
use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::SpaceView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpaceQuery {
    /// Part of title or slug.
    search: Option<String>,
}

/// Lists spaces.
#[utoipa::path(tag = "spaces", params(SpaceQuery), responses((status = 200, description = "A page of spaces.", body = List<SpaceView>)))]
#[get("/spaces")]
pub(crate) async fn list_spaces(
    _: Caller<scope::CommunityRead>,
    state: Data<State>,
    listing: Listing<SpaceQuery>,
) -> Result<List<SpaceView>, Problem> {
    let mut conn = state.db.read().await?;
    let page = spaces::list(&mut conn, listing.filter.search.as_deref(), &listing.window).await?;
    let ids: Vec<_> = page.rows.iter().map(|space| space.id).collect();
    let view = with_counts(&mut conn, &ids).await?;
    Ok(listing.answer(page, |space| space.id.uuid(), view))
}

use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::users;

use super::email;
use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::UserView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// The whole address; upper and lower case are the same.
    email: Option<String>,
    /// Part of name, username or address.
    search: Option<String>,
}

/// Lists users.
#[utoipa::path(tag = "users", params(UserQuery), responses((status = 200, description = "A page of users.", body = List<UserView>)))]
#[get("/users")]
pub(crate) async fn list_users(
    _: Caller<scope::CommunityRead>,
    state: Data<State>,
    listing: Listing<UserQuery>,
) -> Result<List<UserView>, Problem> {
    let wanted = listing
        .filter
        .email
        .as_deref()
        .map(|raw| email("email", raw))
        .transpose()?;
    let filter = users::UserFilter {
        email_folded: wanted.map(|email| email.folded().to_owned()),
        search: listing.filter.search.clone(),
    };
    let page = users::list(&mut state.db.read().await?, &filter, &listing.window).await?;
    Ok(listing.answer(page, |user| user.id.uuid(), UserView::from))
}

use actix_web::{get, web::Data};
use storage::api_keys;

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::ApiKeyView,
};

/// Lists API keys, without their secrets.
#[utoipa::path(tag = "api-keys", responses((status = 200, description = "A page of API keys.", body = List<ApiKeyView>)))]
#[get("/api-keys")]
pub(crate) async fn list_api_keys(
    _: Caller<scope::KeysManage>,
    state: Data<State>,
    listing: Listing,
) -> Result<List<ApiKeyView>, Problem> {
    let page = api_keys::list(&mut state.db.read().await?, &listing.window).await?;
    Ok(listing.answer(page, |key| key.id.uuid(), ApiKeyView::from))
}

use actix_web::{get, web::Data};
use domain::id::ApiKeyId;
use storage::api_keys;

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::ApiKeyView,
};

/// Reads an API key, without its secret.
#[utoipa::path(tag = "api-keys", responses((status = 200, description = "The API key.", body = ApiKeyView)))]
#[get("/api-keys/{id}")]
pub(crate) async fn get_api_key(
    _: Caller<scope::KeysManage>,
    id: PathId<ApiKeyId>,
    state: Data<State>,
) -> Result<Resource<ApiKeyView>, Problem> {
    let key = api_keys::find(&mut state.db.read().await?, *id).await?;
    Ok(Resource::hashed(key.into()))
}

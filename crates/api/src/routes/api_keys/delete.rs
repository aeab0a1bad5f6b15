use actix_web::{HttpResponse, delete, web::Data};
use domain::id::ApiKeyId;
use storage::api_keys;

use crate::{
    Problem, State,
    answer::ETag,
    request::{Caller, IfMatch, PathId, scope},
    views::ApiKeyView,
};

/// Revokes an API key. Other processes may accept it for a few more seconds.
#[utoipa::path(tag = "api-keys", responses((status = 204, description = "Revoked.")))]
#[delete("/api-keys/{id}")]
pub(crate) async fn delete_api_key(
    _: Caller<scope::KeysManage>,
    id: PathId<ApiKeyId>,
    state: Data<State>,
    if_match: IfMatch,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.db.begin().await?;
    let key = api_keys::find(&mut tx, *id).await?;
    if_match.check(&ETag::of(&ApiKeyView::from(key.clone())))?;
    api_keys::delete(&mut tx, *id).await?;
    tx.commit().await?;
    state.keys.forget(&key).await;
    Ok(HttpResponse::NoContent().finish())
}

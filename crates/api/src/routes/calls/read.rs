use actix_web::{get, web::Data};
use domain::id::CallId;
use storage::calls;

use crate::{
    Problem, State,
    answer::Resource,
    request::{Caller, PathId, scope},
    views::CallView,
};

/// Reads a call of an incoming webhook.
#[utoipa::path(tag = "incoming-webhooks", responses((status = 200, description = "The call.", body = CallView)))]
#[get("/calls/{id}")]
pub(crate) async fn get_call(
    _: Caller<scope::IncomingWebhooksRead>,
    id: PathId<CallId>,
    state: Data<State>,
) -> Result<Resource<CallView>, Problem> {
    let call = calls::find(&mut state.db.read().await?, *id).await?;
    Ok(Resource::hashed(CallView::from(call)))
}

use actix_web::{get, web::Data};
use domain::id::IncomingWebhookId;
use serde::Deserialize;
use storage::{calls, incoming_webhooks};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, PathId, scope},
    views::CallView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallQuery {
    /// `success`, or the code of the problem that was answered.
    outcome: Option<String>,
}

/// Lists the calls of an incoming webhook, including refused ones; also when it was deleted.
#[utoipa::path(
    tag = "incoming-webhooks",
    params(CallQuery),
    responses((status = 200, description = "A page of calls.", body = List<CallView>)),
)]
#[get("/incoming-webhooks/{id}/calls")]
pub(crate) async fn list_incoming_webhook_calls(
    _: Caller<scope::IncomingWebhooksRead>,
    id: PathId<IncomingWebhookId>,
    state: Data<State>,
    listing: Listing<CallQuery>,
) -> Result<List<CallView>, Problem> {
    let mut conn = state.db.read().await?;
    let filter = calls::CallFilter {
        outcome: listing.filter.outcome.clone(),
    };
    let page = calls::list(&mut conn, *id, &filter, &listing.window).await?;
    if page.rows.is_empty() {
        // Calls outlive their webhook: only where there are none it decides.
        incoming_webhooks::find(&mut conn, *id).await?;
    }
    Ok(listing.answer(page, |call| call.id.uuid(), CallView::from))
}

use std::collections::HashMap;

use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::{call_tallies, incoming_webhooks};

use super::may_see_url;
use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::IncomingWebhookView,
};

/// Filters the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncomingWebhookQuery {
    /// Part of the name.
    search: Option<String>,
    enabled: Option<bool>,
}

/// Lists incoming webhooks.
#[utoipa::path(
    tag = "incoming-webhooks",
    params(IncomingWebhookQuery),
    responses((status = 200, description = "A page of incoming webhooks.", body = List<IncomingWebhookView>)),
)]
#[get("/incoming-webhooks")]
pub(crate) async fn list_incoming_webhooks(
    caller: Caller<scope::IncomingWebhooksRead>,
    state: Data<State>,
    listing: Listing<IncomingWebhookQuery>,
) -> Result<List<IncomingWebhookView>, Problem> {
    let wanted = &listing.filter;
    let filter = incoming_webhooks::IncomingWebhookFilter {
        search: wanted.search.clone(),
        enabled: wanted.enabled,
    };
    let mut conn = state.db.read().await?;
    let page = incoming_webhooks::list(&mut conn, &filter, &listing.window).await?;
    let ids: Vec<_> = page.rows.iter().map(|webhook| webhook.id).collect();
    let tallies: HashMap<_, _> = ids
        .iter()
        .copied()
        .zip(call_tallies::of(&mut conn, &ids).await?)
        .collect();
    let whole = may_see_url(&caller);
    let list = listing.answer(
        page,
        |webhook| webhook.id.uuid(),
        |webhook| {
            // No tally: never called.
            let tally = tallies.get(&webhook.id).copied().unwrap_or_default();
            IncomingWebhookView::new(&state, webhook, tally, whole)
        },
    );
    list.all()
}

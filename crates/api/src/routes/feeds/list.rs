use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::feeds;

use crate::{
    Problem, State,
    auth::{Caller, scope},
    paging::{List, Listing},
    views::FeedView,
};

/// Narrows the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedFilter {
    /// Part of title or URL.
    search: Option<String>,
    enabled: Option<bool>,
    /// Feeds that name this event type, or pattern, among their events.
    event: Option<String>,
}

/// Lists feeds.
#[utoipa::path(tag = "feeds", params(FeedFilter), responses((status = 200, description = "A page of feeds.", body = List<FeedView>)))]
#[get("/feeds")]
pub(crate) async fn list_feeds(
    _: Caller<scope::FeedsRead>,
    state: Data<State>,
    listing: Listing<FeedFilter>,
) -> Result<List<FeedView>, Problem> {
    let wanted = &listing.filter;
    let event = wanted.event.as_deref().map(|name| domain::event_type::canonical(name).to_owned());
    let filter = feeds::Filter { search: wanted.search.clone(), enabled: wanted.enabled, event };
    let page = feeds::list(&mut state.db.read().await?, &filter, &listing.window).await?;
    Ok(listing.answer(page, |feed| feed.id.uuid(), FeedView::from))
}

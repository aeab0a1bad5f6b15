use actix_web::{get, web::Data};
use serde::Deserialize;
use storage::{
    feed_activity,
    feeds::{self, Feed},
};

use crate::{
    Problem, State,
    answer::List,
    request::{Caller, Listing, scope},
    views::FeedEntryView,
};

/// Narrows the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Part of title or URL.
    search: Option<String>,
    enabled: Option<bool>,
    /// Feeds that name this event type, or pattern, among their events.
    event: Option<String>,
}

/// Lists feeds, and how each has been doing.
#[utoipa::path(tag = "feeds", params(FeedQuery), responses((status = 200, description = "A page of feeds.", body = List<FeedEntryView>)))]
#[get("/feeds")]
pub(crate) async fn list_feeds(
    _: Caller<scope::FeedsRead>,
    state: Data<State>,
    listing: Listing<FeedQuery>,
) -> Result<List<FeedEntryView>, Problem> {
    let wanted = &listing.filter;
    let event = wanted
        .event
        .as_deref()
        .map(|name| domain::event_type::canonical(name).to_owned());
    let filter = feeds::FeedFilter {
        search: wanted.search.clone(),
        enabled: wanted.enabled,
        event,
    };
    let mut conn = state.db.read().await?;
    let page = feeds::list(&mut conn, &filter, &listing.window).await?;
    let ids: Vec<_> = page.rows.iter().map(|feed| feed.id).collect();
    let mut activity = feed_activity::of(&mut conn, &ids, state.clock.now()).await?;
    let entry = |feed: Feed| {
        let activity = activity.remove(&feed.id).unwrap_or_default();
        FeedEntryView::new(feed, &activity)
    };
    listing.answer(page, |feed| feed.id.uuid(), entry).all()
}

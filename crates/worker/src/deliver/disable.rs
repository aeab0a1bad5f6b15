//! What Hookyard does to a feed by itself, and what it tells the other feeds about it.

use domain::{
    Instant,
    event::{Event, SYSTEM},
    id::FeedId,
    outbound::retry::FailureReason,
};
use serde_json::json;
use storage::{
    Db, Result, deliveries,
    events::{self, EventRow},
    feeds,
};

/// Disables a feed whose receiver said 410 Gone, and cancels what waits for it, unless somebody
/// else did. When it fails, nothing is changed.
pub(crate) async fn receiver_gone(db: &Db, id: FeedId, now: Instant) -> Result<()> {
    let reason = FailureReason::ReceiverGone.as_str();
    let mut tx = db.begin().await?;
    if feeds::auto_disable(&mut tx, id, reason, now).await? {
        let feed = feeds::find(&mut tx, id).await?;
        let title = &feed.spec.get()?.settings.title;
        deliveries::cancel_waiting(&mut tx, id, FEED_DISABLED, now).await?;
        let data = json!({"feed": {"id": id, "title": title, "state": "auto_disabled", "state_reason": reason}});
        let notice = Event::new(DISABLED, SYSTEM, &data, now);
        events::insert(&mut tx, vec![EventRow::waiting(notice)]).await?;
    }
    tx.commit().await?;
    Ok(())
}

const DISABLED: &str = "feed.disabled";

/// Why what waits for a feed is canceled.
pub(crate) const FEED_DISABLED: &str = "feed_disabled";
pub(crate) const FEED_DELETED: &str = "feed_deleted";

/// Why nothing goes to this feed; `None` when it is enabled.
pub(crate) async fn why_off(db: &Db, id: FeedId) -> Result<Option<&'static str>> {
    match feeds::find(&mut db.read().await?, id).await {
        Ok(feed) if feed.state == domain::feed::FeedState::Enabled => Ok(None),
        Ok(_) => Ok(Some(FEED_DISABLED)),
        Err(storage::Error::NotFound) => Ok(Some(FEED_DELETED)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_is_in_the_catalogue() {
        assert!(domain::event_type::builtin(DISABLED).is_some());
    }
}

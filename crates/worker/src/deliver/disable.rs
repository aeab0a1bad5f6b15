//! What Hookyard does to a feed by itself, and what it tells the other feeds about it.

use domain::{
    Instant,
    event::{Event, SYSTEM},
    id::FeedId,
    outbound::retry::FailureReason,
};
use serde_json::json;
use storage::{
    Db, Result,
    events::{self, EventRow},
    feeds,
};

use crate::deliver::outcome::GoneFeed;

/// Disables a feed whose receiver said 410 Gone, unless it was changed since the request was made:
/// then that says nothing about it. When it fails, nothing is changed.
pub(crate) async fn receiver_gone(db: &Db, gone: GoneFeed, now: Instant) -> Result<()> {
    let GoneFeed { id, version } = gone;
    let reason = FailureReason::ReceiverGone.as_str();
    let mut tx = db.begin().await?;
    if !feeds::auto_disable(&mut tx, id, version, reason, now).await? {
        return tx.commit().await;
    }
    let feed = feeds::find(&mut tx, id).await?;
    let title = &feed.spec.get()?.settings.title;
    let data = json!({"feed": {"id": id, "title": title, "state": "auto_disabled", "state_reason": reason}});
    let notice = Event::new(DISABLED, SYSTEM, &data, now);
    events::insert(&mut tx, vec![EventRow::waiting(notice)]).await?;
    tx.commit().await?;
    tracing::warn!(feed_id = %id, title, reason, "a feed was disabled");
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

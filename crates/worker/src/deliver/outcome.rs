//! What came of a delivery task.

use domain::{Instant, id::FeedId};
use storage::{deliveries::DeliveryResult, events::EventRow, feed_activity::AttemptOutcome};

/// What is recorded about a delivery task.
pub(crate) struct DeliveryOutcome {
    pub(crate) result: DeliveryResult,
    /// An event that follows from it.
    pub(crate) notice: Option<EventRow>,
    /// The feed's receiver is gone for good.
    pub(crate) gone: Option<FeedId>,
    /// How the attempt ended, if there was one and it counts for the feed.
    pub(crate) ended: Option<EndedAttempt>,
}

/// The end of an attempt, as it counts for its feed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndedAttempt {
    pub(crate) feed: FeedId,
    pub(crate) at: Instant,
    pub(crate) succeeded: bool,
    pub(crate) is_last: bool,
}

impl DeliveryOutcome {
    /// A result from which nothing else follows.
    pub(crate) fn only(result: DeliveryResult) -> Self {
        Self {
            result,
            notice: None,
            gone: None,
            ended: None,
        }
    }
}

impl EndedAttempt {
    /// As it is counted by the worker of this shard.
    pub(crate) fn counted(self, shard: i32) -> AttemptOutcome {
        AttemptOutcome {
            feed: self.feed,
            at: self.at,
            succeeded: self.succeeded,
            is_last: self.is_last,
            shard,
        }
    }
}

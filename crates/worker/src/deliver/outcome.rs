//! What came of a delivery task.

use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, FeedId},
};
use storage::{deliveries::DeliveryResult, events::EventRow, feed_activity::AttemptOutcome};

use crate::deliver::held::HeldDelivery;

/// What is recorded about a delivery task.
pub(crate) struct DeliveryOutcome {
    pub(crate) result: DeliveryResult,
    /// An event that follows from it.
    pub(crate) notice: Option<EventRow>,
    /// The feed's receiver is gone for good.
    pub(crate) gone: Option<GoneFeed>,
    /// How the attempt ended, if there was one and it counts for the feed.
    pub(crate) ended: Option<EndedAttempt>,
    /// Until it is written.
    pub(crate) held: Option<HeldDelivery>,
}

/// A feed whose receiver said that it is gone, in the version that sent the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GoneFeed {
    pub(crate) id: FeedId,
    pub(crate) version: i64,
}

/// The end of an attempt, as it counts for its feed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndedAttempt {
    pub(crate) delivery: DeliveryId,
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
            held: None,
        }
    }

    /// What an old version of a feed was told says nothing about the feed as it is now: the
    /// delivery is tried again at once.
    pub(crate) fn begin_anew(&mut self, now: Instant) {
        self.gone = None;
        self.result.state = DeliveryState::Pending;
        self.result.state_reason = None;
        self.result.finished_at = None;
        self.result.due_at = Some(now);
        if let Some(ended) = &mut self.ended {
            ended.is_last = false;
        }
    }
}

impl EndedAttempt {
    /// As it is counted by the worker of this shard.
    pub(crate) fn counted(self, shard: i32) -> AttemptOutcome {
        AttemptOutcome {
            delivery: self.delivery,
            feed: self.feed,
            at: self.at,
            succeeded: self.succeeded,
            is_last: self.is_last,
            shard,
        }
    }
}

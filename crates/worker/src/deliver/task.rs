//! A delivery in memory: from its place in a lane to what came of it.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, EventId, FeedId},
    outbound::request::Payload,
};
use storage::{deliveries::DeliveryResult, events::EventRow, feed_activity::AttemptOutcome};
use tokio::sync::OwnedSemaphorePermit;

use crate::deliver::{
    record::{Entry, Recorder},
    settle::Unsettled,
};

/// How much longer than an attempt its lease lasts: time to record what came of it.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// One delivery that is to be tried.
pub(crate) struct DeliveryTask {
    pub(crate) delivery: DeliveryId,
    pub(crate) event: EventId,
    pub(crate) kind: Arc<str>,
    pub(crate) webhook_id: String,
    pub(crate) payload: Payload,
    /// Somebody tries the feed out.
    pub(crate) is_test: bool,
    pub(crate) before: Before,
    pub(crate) home: Home,
}

/// What was tried before.
#[derive(Default)]
pub(crate) struct Before {
    pub(crate) attempts: i32,
    /// A JSON array of them; empty when there were none.
    pub(crate) json: Vec<u8>,
    pub(crate) last_response_status: Option<i32>,
    pub(crate) last_error: Option<String>,
}

/// Where a task came from, and so where its result goes.
pub(crate) enum Home {
    /// An event that was just routed: the first row of the delivery is not written yet.
    Event {
        unsettled: Arc<Unsettled>,
        slot: usize,
    },
    /// A row that was due.
    Row {
        lease: i64,
        until: Instant,
        _place: OwnedSemaphorePermit,
    },
}

/// What came of a task.
pub(crate) struct Outcome {
    pub(crate) result: DeliveryResult,
    /// An event that follows from it.
    pub(crate) notice: Option<EventRow>,
    /// The feed's receiver is gone for good.
    pub(crate) gone: Option<FeedId>,
    /// How the attempt ended, if there was one and it counts.
    pub(crate) counts: Option<Ended>,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) feed: FeedId,
    pub(crate) at: Instant,
    pub(crate) succeeded: bool,
    pub(crate) is_last: bool,
}

impl Outcome {
    pub(crate) fn only(result: DeliveryResult) -> Self {
        Self {
            result,
            notice: None,
            gone: None,
            counts: None,
        }
    }
}

impl Ended {
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

impl DeliveryTask {
    /// The number of the attempt that it makes.
    pub(crate) fn number(&self) -> i32 {
        self.before.attempts.saturating_add(1)
    }

    /// Begins an attempt, unless somebody else may have the delivery by now.
    pub(crate) fn start(&self, now: Instant, timeout: Duration) -> bool {
        let end = now + TimeDelta::from_std(timeout + GRACE).unwrap_or_default();
        match &self.home {
            Home::Event { unsettled, slot } => unsettled.start(*slot, end),
            Home::Row { until, .. } => end <= *until,
        }
    }

    /// Hands over what came of it.
    pub(crate) async fn land(self, outcome: Outcome, recorder: &Recorder) {
        match self.home {
            Home::Event { unsettled, slot } => unsettled.finish(slot, outcome, recorder).await,
            Home::Row { lease, .. } => {
                let outcome = Outcome {
                    result: DeliveryResult {
                        lease,
                        ..outcome.result
                    },
                    ..outcome
                };
                let mut entry = Entry::late(outcome);
                entry.group.ends_trials = self.is_test;
                recorder.reserve().await.enter(entry);
            }
        }
    }

    /// Gives the delivery back without an attempt: it is due at once, to whoever takes it.
    pub(crate) async fn give_back(self, now: Instant, recorder: &Recorder) {
        let result = DeliveryResult {
            due_at: Some(now),
            ..self.result(DeliveryState::Pending)
        };
        self.land(Outcome::only(result), recorder).await;
    }

    /// Ends the delivery without an attempt.
    pub(crate) async fn cancel(self, reason: &str, now: Instant, recorder: &Recorder) {
        let state_reason = Some(reason.to_owned());
        let result = DeliveryResult {
            state_reason,
            finished_at: Some(now),
            ..self.result(DeliveryState::Canceled)
        };
        self.land(Outcome::only(result), recorder).await;
    }

    /// The delivery as it was before this task, in another state.
    pub(crate) fn result(&self, state: DeliveryState) -> DeliveryResult {
        DeliveryResult {
            id: self.delivery,
            lease: FIRST_LEASE,
            state,
            state_reason: None,
            due_at: None,
            attempt_count: self.before.attempts,
            last_response_status: self.before.last_response_status,
            last_error: self.before.last_error.clone(),
            attempts: if self.before.json.is_empty() {
                b"[]".to_vec()
            } else {
                self.before.json.clone()
            },
            finished_at: None,
        }
    }
}

/// The lease of a delivery whose first row is written while it is under way.
pub(crate) const FIRST_LEASE: i64 = 1;

//! A delivery in memory: from its place in a lane to what came of it.

use std::{sync::Arc, time::Duration};

use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, EventId},
    outbound::request::Payload,
};
use storage::deliveries::DeliveryResult;
use tokio::sync::OwnedSemaphorePermit;

use crate::deliver::{
    entry::RecordEntry,
    held::{Held, HeldDelivery},
    outcome::DeliveryOutcome,
    recorder::Recorder,
    unsettled::{FIRST_LEASE, UnsettledEvent},
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
    pub(crate) is_trial: bool,
    pub(crate) before: PriorAttempts,
    pub(crate) home: TaskHome,
}

/// What was tried before.
#[derive(Default)]
pub(crate) struct PriorAttempts {
    pub(crate) count: i32,
    /// A JSON array of them; empty when there were none.
    pub(crate) json: Vec<u8>,
    pub(crate) last_response_status: Option<i32>,
    pub(crate) last_error: Option<String>,
}

/// Where a task came from, and so where its result goes.
pub(crate) enum TaskHome {
    /// An event that was just routed: the first row of the delivery is not written yet.
    Event {
        unsettled: Arc<UnsettledEvent>,
        slot: usize,
    },
    /// A row that was due.
    Row {
        lease: i64,
        until: Instant,
        /// Bounds the rows in memory.
        _place: OwnedSemaphorePermit,
    },
}

impl DeliveryTask {
    /// The number of the attempt that it makes.
    pub(crate) fn number(&self) -> i32 {
        self.before.count.saturating_add(1)
    }

    /// Begins an attempt, unless somebody else may have the delivery before the attempt can be
    /// recorded.
    pub(crate) fn try_start(
        &self,
        now: Instant,
        timeout: Duration,
        held: &Held,
    ) -> Option<HeldDelivery> {
        let end = now + timeout + GRACE;
        let (is_ours, until) = match &self.home {
            TaskHome::Event { unsettled, slot } => (unsettled.try_start(*slot, end), end),
            TaskHome::Row { until, .. } => (end <= *until, *until),
        };
        is_ours.then(|| held.hold(self.delivery, until))
    }

    /// Hands over what came of it.
    pub(crate) async fn finish(self, outcome: DeliveryOutcome, recorder: &Recorder) {
        match self.home {
            TaskHome::Event { unsettled, slot } => unsettled.finish(slot, outcome, recorder).await,
            TaskHome::Row { lease, .. } => {
                let outcome = DeliveryOutcome {
                    result: DeliveryResult {
                        lease,
                        ..outcome.result
                    },
                    ..outcome
                };
                let mut entry = RecordEntry::late(outcome);
                entry.group.ends_trials = self.is_trial;
                recorder.reserve().await.enter(entry);
            }
        }
    }

    /// Gives the delivery back without an attempt: it is due at once, to whoever claims it.
    pub(crate) async fn give_back(self, now: Instant, recorder: &Recorder) {
        let result = DeliveryResult {
            due_at: Some(now),
            ..self.result(DeliveryState::Pending)
        };
        self.finish(DeliveryOutcome::only(result), recorder).await;
    }

    /// Leaves the delivery because its lease is too short now for an attempt. A row is given back;
    /// a first row has gone out already, as due, and whoever claims it has the delivery.
    pub(crate) async fn leave(self, now: Instant, recorder: &Recorder) {
        if matches!(self.home, TaskHome::Row { .. }) {
            self.give_back(now, recorder).await;
        }
    }

    /// Ends the delivery without an attempt.
    pub(crate) async fn cancel(self, reason: &str, now: Instant, recorder: &Recorder) {
        let state_reason = Some(reason.to_owned());
        let result = DeliveryResult {
            state_reason,
            finished_at: Some(now),
            ..self.result(DeliveryState::Canceled)
        };
        self.finish(DeliveryOutcome::only(result), recorder).await;
    }

    /// The delivery as it was before this task, in another state.
    pub(crate) fn result(&self, state: DeliveryState) -> DeliveryResult {
        DeliveryResult {
            id: self.delivery,
            lease: FIRST_LEASE,
            state,
            state_reason: None,
            due_at: None,
            attempt_count: self.before.count,
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

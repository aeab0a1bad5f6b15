//! What is recorded together.

use std::sync::Arc;

use domain::{Instant, id::FeedId};
use storage::{deliveries::Delivery, results::ResultGroup};

use crate::deliver::{
    outcome::{DeliveryOutcome, EndedAttempt},
    receipts::SourceReceipts,
};

/// What belongs into one transaction.
#[derive(Default)]
pub(crate) struct RecordEntry {
    pub(crate) group: ResultGroup,
    /// Feeds whose receiver is gone.
    pub(crate) gone: Vec<FeedId>,
    /// How attempts ended.
    pub(crate) ended: Vec<EndedAttempt>,
    /// The events that are acknowledged once it is recorded.
    pub(crate) settles: Vec<Arc<SourceReceipts>>,
}

impl RecordEntry {
    /// A result whose delivery has a row.
    pub(crate) fn late(outcome: DeliveryOutcome) -> Self {
        let group = ResultGroup {
            results: vec![outcome.result],
            new_events: outcome.notice.into_iter().collect(),
            ..ResultGroup::default()
        };
        Self {
            group,
            gone: outcome.gone.into_iter().collect(),
            ended: outcome.ended.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Puts a result into the first row of its delivery, which is not written yet.
    pub(crate) fn finish(&mut self, slot: usize, outcome: DeliveryOutcome) {
        let DeliveryOutcome {
            result,
            notice,
            gone,
            ended,
        } = outcome;
        if let Some(row) = self.delivery(slot) {
            row.state = result.state;
            row.state_reason = result.state_reason;
            row.due_at = result.due_at;
            row.attempt_count = result.attempt_count;
            row.last_response_status = result.last_response_status;
            row.last_error = result.last_error;
            row.attempts = result.attempts;
            row.finished_at = result.finished_at;
        }
        self.group.new_events.extend(notice);
        self.gone.extend(gone);
        self.ended.extend(ended);
    }

    pub(crate) fn delivery(&mut self, slot: usize) -> Option<&mut Delivery> {
        self.group.new_deliveries.get_mut(slot)
    }

    pub(crate) fn absorb(&mut self, other: RecordEntry) {
        self.group.new_events.extend(other.group.new_events);
        self.group.routed_events.extend(other.group.routed_events);
        self.group.new_deliveries.extend(other.group.new_deliveries);
        self.group.results.extend(other.group.results);
        self.gone.extend(other.gone);
        self.ended.extend(other.ended);
        self.group.ends_trials |= other.group.ends_trials;
        self.settles.extend(other.settles);
    }

    /// Whether it leaves a delivery that is due at once.
    pub(crate) fn leaves_due(&self, now: Instant) -> bool {
        let due = |due_at: Option<Instant>| due_at.is_some_and(|due_at| due_at <= now);
        self.group.new_deliveries.iter().any(|row| due(row.due_at))
            || self.group.results.iter().any(|result| due(result.due_at))
    }
}

//! What is recorded together.

use std::sync::Arc;

use domain::Instant;
use storage::{deliveries::Delivery, results::ResultGroup};

use crate::deliver::{
    held::HeldDelivery,
    outcome::{DeliveryOutcome, EndedAttempt, GoneFeed},
    receipts::SourceReceipts,
};

/// What belongs into one transaction.
#[derive(Default)]
pub(crate) struct RecordEntry {
    pub(crate) group: ResultGroup,
    /// Feeds whose receiver is gone.
    pub(crate) gone: Vec<GoneFeed>,
    /// How attempts ended.
    pub(crate) ended: Vec<EndedAttempt>,
    /// The events that are acknowledged once it is recorded.
    pub(crate) settles: Vec<Arc<SourceReceipts>>,
    /// What this worker is at until it is recorded.
    pub(crate) held: Vec<HeldDelivery>,
}

impl RecordEntry {
    /// A result whose delivery has a row.
    pub(crate) fn late(outcome: DeliveryOutcome) -> Self {
        let delivery = outcome.result.id;
        let group = ResultGroup {
            results: vec![outcome.result],
            notices: outcome
                .notice
                .map(|notice| (delivery, notice))
                .into_iter()
                .collect(),
            ..ResultGroup::default()
        };
        Self {
            group,
            gone: outcome.gone.into_iter().collect(),
            ended: outcome.ended.into_iter().collect(),
            held: outcome.held.into_iter().collect(),
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
            held,
        } = outcome;
        let delivery = result.id;
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
        let notice = notice.map(|notice| (delivery, notice));
        self.group.notices.extend(notice);
        self.gone.extend(gone);
        self.ended.extend(ended);
        self.held.extend(held);
    }

    pub(crate) fn delivery(&mut self, slot: usize) -> Option<&mut Delivery> {
        self.group.new_deliveries.get_mut(slot)
    }

    /// Whether it leaves a delivery that is due at once.
    pub(crate) fn leaves_due(&self, now: Instant) -> bool {
        let due = |due_at: Option<Instant>| due_at.is_some_and(|due_at| due_at <= now);
        self.group.new_deliveries.iter().any(|row| due(row.due_at))
            || self.group.results.iter().any(|result| due(result.due_at))
    }
}

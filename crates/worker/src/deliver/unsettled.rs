//! A routed event whose deliveries are not all rows yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Instant, delivery::DeliveryState};

use crate::deliver::{
    entry::RecordEntry,
    outcome::DeliveryOutcome,
    receipts::SourceReceipts,
    recorder::{EntryPermit, Recorder},
};

/// The lease of a delivery whose first row is written while it is under way.
pub(crate) const FIRST_LEASE: i64 = 1;

/// A routed event of which not everything is recorded yet.
pub(crate) struct UnsettledEvent {
    receipts: Arc<SourceReceipts>,
    /// `None` once it was handed to the recorder.
    open: Mutex<Option<OpenEntry>>,
}

struct OpenEntry {
    entry: RecordEntry,
    /// Deliveries that can still change before they are written.
    waiting: usize,
}

impl UnsettledEvent {
    /// An event with the first rows of its deliveries, of which `waiting` are about to be tried.
    pub(crate) fn new(
        receipts: Arc<SourceReceipts>,
        entry: RecordEntry,
        waiting: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            receipts,
            open: Mutex::new(Some(OpenEntry { entry, waiting })),
        })
    }

    /// Marks a delivery as under way until `end`; false when its row has gone out without it.
    pub(crate) fn try_start(&self, slot: usize, end: Instant) -> bool {
        let mut open = self.open();
        let Some(row) = open.as_mut().and_then(|open| open.entry.delivery(slot)) else {
            return false;
        };
        row.state = DeliveryState::InFlight;
        row.due_at = Some(end);
        row.lease = FIRST_LEASE;
        true
    }

    /// Takes what came of a delivery: into its first row, or after it when that was written
    /// already.
    pub(crate) async fn finish(&self, slot: usize, outcome: DeliveryOutcome, recorder: &Recorder) {
        let permit = recorder.reserve().await;
        // The permit is used under the lock: whoever hands over the first row is before whoever
        // finds it gone.
        let mut open = self.open();
        match open.as_mut() {
            None => permit.enter(RecordEntry::late(outcome)),
            Some(now_open) => {
                now_open.entry.finish(slot, outcome);
                now_open.waiting = now_open.waiting.saturating_sub(1);
                if now_open.waiting == 0 {
                    self.hand_over(&mut open, permit);
                }
            }
        }
    }

    /// Some of the deliveries will not be tried now; their rows stay as they are.
    pub(crate) async fn forgo(&self, deliveries: usize, recorder: &Recorder) {
        let permit = recorder.reserve().await;
        let mut open = self.open();
        let Some(now_open) = open.as_mut() else {
            return;
        };
        now_open.waiting = now_open.waiting.saturating_sub(deliveries);
        if now_open.waiting == 0 {
            self.hand_over(&mut open, permit);
        }
    }

    /// Hands over everything as it is now.
    pub(crate) async fn close(&self, recorder: &Recorder) {
        if self.is_open() {
            let permit = recorder.reserve().await;
            self.hand_over(&mut self.open(), permit);
        }
    }

    /// Whether it was not handed to the recorder yet.
    pub(crate) fn is_open(&self) -> bool {
        self.open().is_some()
    }

    fn hand_over(&self, open: &mut Option<OpenEntry>, permit: EntryPermit<'_>) {
        if let Some(OpenEntry { mut entry, .. }) = open.take() {
            entry.settles.push(self.receipts.clone());
            permit.enter(entry);
        }
    }

    fn open(&self) -> MutexGuard<'_, Option<OpenEntry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The bell that wakes the poller of due rows.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung when a row may be due, or a lane may have room for one. A ring that nobody waits for is
/// kept for the next wait. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct DueBell(Arc<Notify>);

impl DueBell {
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}

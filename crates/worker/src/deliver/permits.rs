//! Start permits: the right to have one request under way, for all feeds together.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// As many as `delivery.max_in_flight`.
pub(crate) struct StartPermits {
    free: Arc<Semaphore>,
    /// Somebody found none.
    wanted: AtomicBool,
}

/// The right to have one request under way.
pub(crate) type StartPermit = OwnedSemaphorePermit;

impl StartPermits {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            wanted: AtomicBool::new(false),
        }
    }

    /// A permit, unless all are taken; then that somebody wants one is remembered.
    pub(crate) fn try_take(&self) -> Option<StartPermit> {
        let permit = self.free.clone().try_acquire_owned().ok();
        if permit.is_none() {
            self.wish();
        }
        permit
    }

    /// Remembers that somebody wants a permit.
    pub(crate) fn wish(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// Permits that nobody has.
    pub(crate) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Answers the wish for a permit, if there is one: whoever gets `true` gives up its own.
    pub(crate) fn answer_wish(&self) -> bool {
        // Looked at before it is changed, because nearly always there is no wish.
        self.wanted.load(Ordering::Relaxed) && self.wanted.swap(false, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_remembered_until_it_is_answered_once() {
        let permits = StartPermits::new(1);
        let permit = permits.try_take();
        assert!(permit.is_some() && !permits.answer_wish());
        assert!(permits.try_take().is_none());
        assert!(permits.answer_wish() && !permits.answer_wish());
        drop(permit);
        assert!(permits.try_take().is_some());
    }
}

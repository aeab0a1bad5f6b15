//! Doorbells: what one part of a process tells another after a commit. A bell that is not heard
//! costs time, never data: everybody who waits for one also looks by himself from time to time.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{Notify, watch};

/// The bells of one process. With PostgreSQL, [`super::doorbell`] carries them to other processes.
#[derive(Clone, Default)]
pub struct Signals(Arc<Bells>);

#[derive(Default)]
struct Bells {
    outbox: Bell,
    feeds: Bell,
    mails: Bell,
    tests: Bell,
    /// How often the feeds bell rang.
    feed_changes: AtomicU64,
    tested: Tested,
}

/// A bell that everybody hears who waits: each for a test of his own.
#[derive(Default)]
pub(crate) struct Tested {
    heard: watch::Sender<u64>,
    pub(crate) outgoing: Notify,
}

impl Tested {
    /// Rings for this process only.
    pub(crate) fn hear(&self) {
        self.heard
            .send_modify(|rings| *rings = rings.wrapping_add(1));
    }
}

#[derive(Default)]
pub(crate) struct Bell {
    heard: Notify,
    pub(crate) outgoing: Notify,
}

impl Bell {
    fn ring(&self) {
        self.heard.notify_one();
        self.outgoing.notify_one();
    }

    /// Rings for this process only.
    pub(crate) fn hear(&self) {
        self.heard.notify_one();
    }
}

impl Signals {
    /// Events were committed to the outbox.
    pub fn ring_outbox(&self) {
        self.0.outbox.ring();
    }

    /// Feeds or event types were changed.
    pub fn ring_feeds(&self) {
        self.0.feed_changes.fetch_add(1, Ordering::Release);
        self.0.feeds.ring();
    }

    /// Mails were committed.
    pub fn ring_mails(&self) {
        self.0.mails.ring();
    }

    /// Tests of feeds were committed, and wait for a worker.
    pub fn ring_tests(&self) {
        self.0.tests.ring();
    }

    /// Results of tests were committed.
    pub fn ring_tested(&self) {
        self.0.tested.hear();
        self.0.tested.outgoing.notify_one();
    }

    /// A number that changes whenever this process changes feeds: before whoever changed them is
    /// answered.
    pub fn feed_changes(&self) -> u64 {
        self.0.feed_changes.load(Ordering::Acquire)
    }

    /// Completes when the outbox bell rang since the last call. One waiter.
    pub async fn outbox(&self) {
        self.0.outbox.heard.notified().await;
    }

    /// Completes when the feeds bell rang since the last call. One waiter.
    pub async fn feeds(&self) {
        self.0.feeds.heard.notified().await;
    }

    /// Completes when the mails bell rang since the last call. One waiter.
    pub async fn mails(&self) {
        self.0.mails.heard.notified().await;
    }

    /// Completes when the tests bell rang since the last call. One waiter.
    pub async fn tests(&self) {
        self.0.tests.heard.notified().await;
    }

    /// Changes with every ring of the tested bell from now on. Any number of waiters.
    pub fn tested(&self) -> watch::Receiver<u64> {
        self.0.tested.heard.subscribe()
    }

    pub(crate) fn outbox_bell(&self) -> &Bell {
        &self.0.outbox
    }

    pub(crate) fn feeds_bell(&self) -> &Bell {
        &self.0.feeds
    }

    pub(crate) fn mails_bell(&self) -> &Bell {
        &self.0.mails
    }

    pub(crate) fn tests_bell(&self) -> &Bell {
        &self.0.tests
    }

    pub(crate) fn tested_bell(&self) -> &Tested {
        &self.0.tested
    }
}

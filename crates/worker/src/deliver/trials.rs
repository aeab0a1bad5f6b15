//! Tests of feeds: what somebody tries out is sent at once and once, whether the feed is enabled or
//! not. It passes no lane, so a lane that is full does not keep it waiting, and it says nothing
//! about how the feed is doing.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    outbound::retry::{RetryPolicy, Schedule},
    vault::Vault,
};
use storage::{Result, Signal, deliveries::ClaimedDelivery, feeds, trials};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::deliver::{
    claimed, compiled_feed::CompiledFeed, disable::FEED_DELETED, dispatcher::Dispatcher,
};

/// A test whose bell is not heard is seen after this time.
const POLL: Duration = Duration::from_secs(1);
/// Tests under way at once, beside `delivery.max_in_flight`.
const AT_ONCE: usize = 16;
/// Longer than any attempt: a test that comes back was under way when a worker died.
const LEASE: TimeDelta = TimeDelta::seconds(75);
/// Nobody waits for a test that is older.
const WORTH: TimeDelta = TimeDelta::seconds(120);

/// Why a test is not sent (again).
const INTERRUPTED: &str = "interrupted";
const EXPIRED: &str = "expired";

/// The task that takes tests.
pub(crate) struct TrialRunner {
    dispatcher: Arc<Dispatcher>,
    vault: Vault,
    places: Arc<Semaphore>,
    freed: Arc<Notify>,
}

impl TrialRunner {
    pub(crate) fn new(dispatcher: Arc<Dispatcher>, vault: Vault) -> Self {
        Self {
            dispatcher,
            vault,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            freed: Arc::default(),
        }
    }

    /// Takes tests until told to stop.
    pub(crate) async fn run(self) {
        while !self.dispatcher.stop.is_cancelled() {
            if let Err(error) = self.turn().await {
                tracing::warn!(%error, "tests of feeds cannot be taken; trying again");
            }
            tokio::select! {
                () = self.dispatcher.stop.cancelled() => return,
                () = self.dispatcher.db.signals().heard(Signal::Trials) => {}
                () = self.freed.notified() => {}
                () = time::sleep(POLL) => {}
            }
        }
    }

    async fn turn(&self) -> Result<()> {
        let free = i64::try_from(self.places.available_permits()).unwrap_or_default();
        if free == 0 {
            return Ok(());
        }
        let now = self.dispatcher.clock.now();
        for taken in trials::claim(&self.dispatcher.db, now, now + LEASE, free).await? {
            let Ok(place) = self.places.clone().try_acquire_owned() else {
                return Ok(());
            };
            let (dispatcher, vault, freed) = (
                self.dispatcher.clone(),
                self.vault.clone(),
                self.freed.clone(),
            );
            self.dispatcher.runners.spawn(async move {
                attempt(&dispatcher, &vault, taken, place).await;
                freed.notify_one();
            });
        }
        Ok(())
    }
}

async fn attempt(
    dispatcher: &Dispatcher,
    vault: &Vault,
    taken: ClaimedDelivery,
    place: OwnedSemaphorePermit,
) {
    let now = dispatcher.clock.now();
    let (id, feed) = (taken.delivery.id, taken.delivery.feed_id);
    let age = now - taken.delivery.created_at;
    let late = if taken.delivery.lease > 1 {
        Some(INTERRUPTED)
    } else {
        (age > WORTH).then_some(EXPIRED)
    };
    let (task, error) = claimed::task(taken, now + LEASE, place);
    if let Some(reason) = late {
        return task.cancel(reason, now, &dispatcher.recorder).await;
    }
    let plan = match find(dispatcher, feed).await {
        Ok(Some(feed)) => CompiledFeed {
            policy: once(),
            ..CompiledFeed::of(&feed, vault)
        },
        Ok(None) => return task.cancel(FEED_DELETED, now, &dispatcher.recorder).await,
        Err(error) => {
            tracing::warn!(%error, delivery_id = %id, "a test is left, because its feed cannot be read");
            return;
        }
    };
    let outcome = match error {
        Some(error) => claimed::unrendered(&plan, &task, error, now),
        None => tokio::select! {
            outcome = dispatcher.sender.attempt(&plan, &task) => outcome,
            () = dispatcher.abort.cancelled() => return task.cancel(INTERRUPTED, dispatcher.clock.now(), &dispatcher.recorder).await,
        },
    };
    task.land(outcome, &dispatcher.recorder).await;
}

async fn find(dispatcher: &Dispatcher, id: domain::id::FeedId) -> Result<Option<feeds::Feed>> {
    match feeds::find(&mut dispatcher.db.read().await?, id).await {
        Err(storage::Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// Whoever tries something out wants to see what comes of it now.
fn once() -> RetryPolicy {
    RetryPolicy {
        schedule: Schedule::new(Vec::new()),
        retry_client_errors: true,
    }
}

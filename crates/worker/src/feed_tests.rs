//! Tests of feeds: what somebody tries out is sent at once and once, whether the feed is enabled or
//! not. It passes no lane, so a lane that is full does not keep it waiting, and it says nothing
//! about how the feed is doing.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    outbound::retry::{RetryPolicy, Schedule},
    vault::Vault,
};
use storage::{
    Result, feeds,
    hot::{Taken, feed_tests},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::{crew::Crew, disable::FEED_DELETED, plan::Plan, taken};

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
pub(crate) struct Tester {
    crew: Arc<Crew>,
    vault: Vault,
    places: Arc<Semaphore>,
    freed: Arc<Notify>,
}

impl Tester {
    pub(crate) fn new(crew: Arc<Crew>, vault: Vault) -> Self {
        Self {
            crew,
            vault,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            freed: Arc::default(),
        }
    }

    /// Takes tests until told to stop.
    pub(crate) async fn run(self) {
        while !self.crew.stop.is_cancelled() {
            if let Err(error) = self.turn().await {
                tracing::warn!(%error, "tests of feeds cannot be taken; trying again");
            }
            tokio::select! {
                () = self.crew.stop.cancelled() => return,
                () = self.crew.db.signals().tests() => {}
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
        let now = self.crew.clock.now();
        for taken in feed_tests::take(&self.crew.db, now, now + LEASE, free).await? {
            let Ok(place) = self.places.clone().try_acquire_owned() else {
                return Ok(());
            };
            let (crew, vault, freed) = (self.crew.clone(), self.vault.clone(), self.freed.clone());
            self.crew.runners.spawn(async move {
                attempt(&crew, &vault, taken, place).await;
                freed.notify_one();
            });
        }
        Ok(())
    }
}

async fn attempt(crew: &Crew, vault: &Vault, taken: Taken, place: OwnedSemaphorePermit) {
    let now = crew.clock.now();
    let (id, feed) = (taken.delivery.id, taken.delivery.feed_id);
    let age = now - taken.delivery.created_at;
    let late = if taken.delivery.lease > 1 {
        Some(INTERRUPTED)
    } else {
        (age > WORTH).then_some(EXPIRED)
    };
    let (flight, error) = taken::flight(taken, now + LEASE, place);
    if let Some(reason) = late {
        return flight.cancel(reason, now, &crew.recorder).await;
    }
    let plan = match find(crew, feed).await {
        Ok(Some(feed)) => Plan {
            policy: once(),
            ..Plan::of(&feed, vault)
        },
        Ok(None) => return flight.cancel(FEED_DELETED, now, &crew.recorder).await,
        Err(error) => {
            tracing::warn!(%error, delivery_id = %id, "a test is left, because its feed cannot be read");
            return;
        }
    };
    let outcome = match error {
        Some(error) => taken::unrendered(&plan, &flight, error, now),
        None => tokio::select! {
            outcome = crew.sender.attempt(&plan, &flight) => outcome,
            () = crew.abort.cancelled() => return flight.cancel(INTERRUPTED, crew.clock.now(), &crew.recorder).await,
        },
    };
    flight.land(outcome, &crew.recorder).await;
}

async fn find(crew: &Crew, id: domain::id::FeedId) -> Result<Option<feeds::Feed>> {
    match feeds::find(&mut crew.db.read().await?, id).await {
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

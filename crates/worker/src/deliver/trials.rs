//! Trials of feeds: what somebody tries out is sent at once and once, whether the feed is enabled
//! or not. It passes no lane, so a lane that is full does not keep it waiting, and it says nothing
//! about how the feed is doing.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{
    id::FeedId,
    outbound::retry::{RetryPolicy, Schedule},
};
use storage::{Result, Signal, deliveries::ClaimedDelivery, feeds, trials};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::{
    context::WorkerContext,
    deliver::{
        claimed::{ClaimedTask, unrendered},
        compiled_feed::CompiledFeed,
        disable::FEED_DELETED,
        dispatcher::Dispatcher,
    },
};

/// A trial whose bell is not heard is seen after this time.
const POLL: Duration = Duration::from_secs(1);
/// Trials under way at once, beside `delivery.max_in_flight`.
const AT_ONCE: usize = 16;
/// Longer than any attempt: a trial that comes back was under way when a worker died.
const LEASE: TimeDelta = TimeDelta::seconds(75);
/// Nobody waits for a trial that is older.
const WORTH: TimeDelta = TimeDelta::seconds(120);

/// Why a trial is not sent (again).
const INTERRUPTED: &str = "interrupted";
const EXPIRED: &str = "expired";

/// The part that claims and sends trials. Cheap to clone.
#[derive(Clone)]
pub(crate) struct TrialRunner {
    context: WorkerContext,
    dispatcher: Arc<Dispatcher>,
    places: Arc<Semaphore>,
    freed: Arc<Notify>,
}

impl TrialRunner {
    pub(crate) fn new(context: WorkerContext, dispatcher: Arc<Dispatcher>) -> Self {
        Self {
            context,
            dispatcher,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            freed: Arc::default(),
        }
    }

    /// Claims trials until told to stop.
    pub(crate) async fn run(self) {
        let WorkerContext { db, stop, .. } = &self.context;
        while !stop.is_cancelled() {
            if let Err(error) = self.turn().await {
                tracing::warn!(%error, "trials of feeds cannot be claimed; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = db.signals().heard(Signal::Trials) => {}
                () = self.freed.notified() => {}
                () = time::sleep(POLL) => {}
            }
        }
    }

    async fn turn(&self) -> Result<()> {
        let free = self.places.available_permits();
        if free == 0 {
            return Ok(());
        }
        let (now, free) = (
            self.context.clock.now(),
            i64::try_from(free).unwrap_or(i64::MAX),
        );
        for claimed in trials::claim(&self.context.db, now, now + LEASE, free).await? {
            // This task alone takes places, so there is one for each that was claimed.
            let Ok(place) = self.places.clone().try_acquire_owned() else {
                return Ok(());
            };
            let runner = self.clone();
            self.dispatcher.runners.spawn(async move {
                runner.send(claimed, place).await;
                runner.freed.notify_one();
            });
        }
        Ok(())
    }

    async fn send(&self, claimed: ClaimedDelivery, place: OwnedSemaphorePermit) {
        let (now, recorder) = (self.context.clock.now(), &self.dispatcher.recorder);
        let (id, feed) = (claimed.delivery.id, claimed.delivery.feed_id);
        let age = now - claimed.delivery.created_at;
        let late = if claimed.delivery.lease > 1 {
            Some(INTERRUPTED)
        } else {
            (age > WORTH).then_some(EXPIRED)
        };
        let ClaimedTask { task, problem } = ClaimedTask::of(claimed, now + LEASE, place);
        if let Some(reason) = late {
            return task.cancel(reason, now, recorder).await;
        }
        let feed = match self.find(feed).await {
            Ok(Some(feed)) => feed,
            Ok(None) => return task.cancel(FEED_DELETED, now, recorder).await,
            Err(error) => {
                tracing::warn!(%error, delivery_id = %id, "a trial is not sent, because its feed cannot be read");
                return;
            }
        };
        let outcome = match problem {
            Some(problem) => unrendered(&feed, &task, problem, now),
            None => tokio::select! {
                outcome = self.dispatcher.sender.attempt(&feed, &task) => outcome,
                () = self.dispatcher.abort.cancelled() => {
                    return task.cancel(INTERRUPTED, self.context.clock.now(), recorder).await;
                }
            },
        };
        task.finish(outcome, recorder).await;
    }

    /// The feed as it is now, in whatever state; `None` when it was deleted.
    async fn find(&self, id: FeedId) -> Result<Option<CompiledFeed>> {
        match feeds::find(&mut self.context.db.read().await?, id).await {
            Err(storage::Error::NotFound) => Ok(None),
            found => found.map(|feed| {
                Some(CompiledFeed {
                    policy: once(),
                    ..CompiledFeed::of(&feed, &self.context.vault)
                })
            }),
        }
    }
}

/// Whoever tries something out wants to see what comes of it now.
fn once() -> RetryPolicy {
    RetryPolicy {
        schedule: Schedule::new(Vec::new()),
        retry_client_errors: true,
    }
}

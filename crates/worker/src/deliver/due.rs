//! Deliveries that wait as rows go back into the lanes when they are due: retries, what found its
//! lane full, what a dead worker had, what another worker gave back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{Instant, id::FeedId};
use storage::{
    Result,
    deliveries::{self, ClaimedDelivery},
};
use tokio::{sync::Semaphore, time};
use tokio_util::sync::CancellationToken;

use crate::{
    deliver::{claimed, disable, dispatcher::Dispatcher, feeds::Feeds, lane::Lane, task::GRACE},
    health::{Health, Part},
};

/// How long it waits at most, and at least.
const POLL: Duration = Duration::from_secs(1);
const BREATH: Duration = Duration::from_millis(10);
/// How long it waits for places.
const CROWDED: Duration = Duration::from_millis(50);
/// How long a delivery that was taken may wait in its lane.
const QUEUE_TIME: Duration = Duration::from_secs(10);

/// The poller of due rows.
pub(crate) struct Poller {
    pub(crate) feeds: Feeds,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) health: Health,
    /// One for each row that may be in memory.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
}

impl Poller {
    /// Takes what is due until told to stop.
    pub(crate) async fn run(self) {
        while !self.stop.is_cancelled() {
            let pause = match self.turn().await {
                Ok(pause) => {
                    self.health.well(Part::Due);
                    pause
                }
                Err(error) => {
                    tracing::warn!(%error, "deliveries that are due cannot be taken; trying again");
                    self.health.ill(Part::Due, error.to_string());
                    POLL
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.dispatcher.due.notified() => time::sleep(BREATH).await,
                () = time::sleep(pause.clamp(BREATH, POLL)) => {}
            }
        }
    }

    /// Takes once, and says when to look again.
    async fn turn(&self) -> Result<Duration> {
        let (now, snapshot) = (self.dispatcher.clock.now(), self.feeds.current());
        let (mut lanes, mut pause) = (Vec::new(), POLL);
        for (feed, due_at) in deliveries::waiting_feeds(&self.dispatcher.db).await? {
            if due_at > now {
                pause = pause.min((due_at - now).to_std().unwrap_or_default());
                continue;
            }
            match snapshot.lane(feed).map(|lane| (lane, lane.room_for_due())) {
                None => self.cancel(feed, now).await?,
                Some((lane, Ok(room))) => lanes.push((lane.clone(), room)),
                Some((_, Err(wait))) => pause = pause.min(wait.unwrap_or(POLL)),
            }
        }
        Ok(self.take(lanes, now).await?.min(pause))
    }

    /// Takes as many of each lane as it has room for, and says when to look again.
    async fn take(&self, mut lanes: Vec<(Arc<Lane>, usize)>, now: Instant) -> Result<Duration> {
        let places = self.places.available_permits();
        if lanes.is_empty() || places == 0 {
            return Ok(if lanes.is_empty() { POLL } else { CROWDED });
        }
        // When not all get a place, it is not always the same lanes that do.
        let first = rand::random_range(0..lanes.len());
        lanes.rotate_left(first);
        lanes.truncate(places);
        let share = places / lanes.len();
        lanes
            .iter_mut()
            .for_each(|(_, room)| *room = (*room).min(share));
        let longest = lanes
            .iter()
            .filter_map(|(lane, _)| lane.plan())
            .map(|plan| plan.timeout)
            .max()
            .unwrap_or_default();
        let until = now + TimeDelta::from_std(longest + GRACE + QUEUE_TIME).unwrap_or_default();
        let wanted = lanes
            .iter()
            .map(|(lane, room)| (lane.id, i64::try_from(*room).unwrap_or(i64::MAX)))
            .collect();
        let mut lanes: HashMap<FeedId, (Arc<Lane>, usize)> =
            lanes.into_iter().map(|lane| (lane.0.id, lane)).collect();
        for taken in deliveries::claim_due(&self.dispatcher.db, now, until, wanted).await? {
            if let Some((lane, room)) = lanes.get_mut(&taken.delivery.feed_id) {
                *room = room.saturating_sub(1);
                self.fly(lane, taken, until).await;
            }
        }
        // A lane that got all that it had room for may have more that is due.
        let more = lanes
            .values()
            .filter(|(lane, room)| *room == 0 && lane.owes())
            .count()
            > 0;
        Ok(if more { Duration::ZERO } else { POLL })
    }

    async fn fly(&self, lane: &Arc<Lane>, taken: ClaimedDelivery, until: Instant) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return;
        };
        let (task, error) = claimed::task(taken, until, place);
        let (now, recorder) = (self.dispatcher.clock.now(), &self.dispatcher.recorder);
        match (error, lane.plan()) {
            (Some(error), Some(plan)) => {
                let outcome = claimed::unrendered(&plan, &task, error, now);
                task.land(outcome, recorder).await;
            }
            (Some(_), None) => task.give_back(now, recorder).await,
            (None, _) => {
                if let Some(task) = lane.offer(task, &self.dispatcher) {
                    task.give_back(now, recorder).await;
                }
            }
        }
    }

    /// The feed is not among the enabled ones: what waits for it is canceled, unless it was enabled
    /// just now.
    async fn cancel(&self, feed: FeedId, now: Instant) -> Result<()> {
        if let Some(reason) = disable::why_off(&self.dispatcher.db, feed).await? {
            deliveries::cancel_waiting(&mut self.dispatcher.db.write().await?, feed, reason, now)
                .await?;
        }
        Ok(())
    }
}

//! Deliveries that wait as rows go back into the lanes when they are due: retries, what found its
//! lane full, what a dead worker had, what another worker gave back.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Instant, id::FeedId};
use storage::{
    Result,
    deliveries::{self, ClaimedDelivery},
};
use tokio::{sync::Semaphore, time};

use crate::{
    context::WorkerContext,
    deliver::{
        claimed::{ClaimedTask, unrendered},
        disable,
        dispatcher::{Dispatcher, Offer},
        feeds::Feeds,
        lane::{Capacity, Lane, LaneReservation},
        task::GRACE,
    },
    health::WorkerPart,
};

/// How long it waits at most, and at least.
const POLL: Duration = Duration::from_secs(1);
const BREATH: Duration = Duration::from_millis(10);
/// How long it waits for places.
const CROWDED: Duration = Duration::from_millis(50);
/// Deliveries that are canceled in one statement.
const CANCELED_AT_ONCE: i64 = 500;
/// How long a delivery that was claimed may wait in its lane.
const QUEUE_TIME: Duration = Duration::from_secs(10);

/// The poller of due rows.
pub(crate) struct Poller {
    pub(crate) context: WorkerContext,
    pub(crate) feeds: Feeds,
    pub(crate) dispatcher: Arc<Dispatcher>,
    /// One for each row that may be in memory. Nobody else takes any.
    pub(crate) places: Arc<Semaphore>,
}

/// A lane that is given due deliveries, and how many more it gets.
struct LaneShare {
    lane: Arc<Lane>,
    /// To be started at once.
    start: usize,
    /// To follow what is under way.
    queue: usize,
}

impl Poller {
    /// Claims what is due until told to stop.
    pub(crate) async fn run(self) {
        let WorkerContext { health, stop, .. } = &self.context;
        while !stop.is_cancelled() {
            let pause = match self.turn().await {
                Ok(pause) => {
                    health.well(WorkerPart::Due);
                    pause
                }
                Err(error) => {
                    tracing::warn!(%error, "deliveries that are due cannot be claimed; trying again");
                    health.ill(WorkerPart::Due, error.to_string());
                    POLL
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                // Rings come in swarms; one turn after a short wait answers them all.
                () = self.dispatcher.due.rung() => time::sleep(BREATH).await,
                () = time::sleep(pause.clamp(BREATH, POLL)) => {}
            }
        }
    }

    /// Claims once, and says when to look again.
    async fn turn(&self) -> Result<Duration> {
        let (now, snapshot) = (self.context.clock.now(), self.feeds.current());
        if self.dispatcher.held.is_overdue(now) {
            // Else this worker would take its own results' deliveries, and send them again.
            return Ok(CROWDED);
        }
        let (mut lanes, mut pause) = (Vec::new(), POLL);
        for (feed, due_at) in deliveries::waiting_feeds(&self.context.db).await? {
            let Some(lane) = snapshot.lane(feed) else {
                if self.cancel(feed, now).await? {
                    pause = Duration::ZERO;
                }
                continue;
            };
            if let Ok(wait) = (due_at - now).to_std()
                && !wait.is_zero()
            {
                pause = pause.min(wait);
                continue;
            }
            match lane.capacity_for_due() {
                Capacity::Free { start, queue } => lanes.push(LaneShare {
                    lane: lane.clone(),
                    start,
                    queue,
                }),
                Capacity::Full {
                    retry_in: Some(wait),
                } => pause = pause.min(wait),
                // The lane rings.
                Capacity::Full { retry_in: None } => {}
            }
        }
        Ok(self.claim(lanes, now).await?.min(pause))
    }

    /// Claims as many for each lane as it can start, and says when to look again.
    async fn claim(&self, lanes: Vec<LaneShare>, now: Instant) -> Result<Duration> {
        let places = self.places.available_permits();
        if lanes.is_empty() {
            return Ok(POLL);
        }
        if places == 0 {
            return Ok(CROWDED);
        }
        let mut lanes = self.reserve(shared_out(lanes, places));
        let until = now + longest_timeout(&lanes) + GRACE + QUEUE_TIME;
        let wanted = lanes
            .iter()
            .map(|(id, lane)| (*id, i64::try_from(lane.left()).unwrap_or(i64::MAX)))
            .collect();
        for claimed in deliveries::claim_due(&self.context.db, now, until, wanted).await? {
            if let Some(lane) = lanes.get_mut(&claimed.delivery.feed_id) {
                self.dispatch(lane, claimed, until).await;
            }
        }
        // A lane that got all that it had room for may have more that is due. Each of them has to
        // know, so the first with room does not end the search.
        let mut pause = POLL;
        for lane in lanes.values().filter(|lane| lane.left() == 0) {
            if let Some(wait) = lane.lane.note_more_due() {
                pause = pause.min(wait);
            }
        }
        Ok(pause)
    }

    /// Reserves what the lanes start in the lanes, and a permit for each start, so that nothing is
    /// claimed that has to be given back. Half of the free permits are left to what comes fresh.
    fn reserve(&self, shares: Vec<LaneShare>) -> HashMap<FeedId, LaneReservation> {
        let permits = &self.dispatcher.permits;
        let mut spare = permits.free().div_ceil(2);
        let mut reserved = HashMap::new();
        for LaneShare { lane, start, queue } in shares {
            let mut taken = Vec::new();
            while taken.len() < start {
                // Asked for even if there is none: whoever has one to give rings.
                match (spare > 0).then(|| permits.try_take()).flatten() {
                    Some(permit) => taken.push(permit),
                    None => {
                        permits.wish();
                        break;
                    }
                }
                spare -= 1;
            }
            let reservation = Lane::reserve(&lane, taken, queue);
            if reservation.left() > 0 {
                reserved.insert(lane.id, reservation);
            }
        }
        reserved
    }

    async fn dispatch(&self, lane: &mut LaneReservation, claimed: ClaimedDelivery, until: Instant) {
        // Places were counted before the rows were claimed. A row without one would come again when
        // its lease ends.
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return;
        };
        let ClaimedTask { task, problem } = ClaimedTask::of(claimed, until, place);
        let (now, recorder) = (self.context.clock.now(), &self.dispatcher.recorder);
        match (problem, lane.lane.feed()) {
            (None, _) => {
                let permit = lane.next();
                if let Offer::Refused(task) = self.dispatcher.offer(&lane.lane, task, permit) {
                    task.give_back(now, recorder).await;
                }
            }
            (Some(problem), Some(feed)) => {
                let outcome = unrendered(&feed, &task, problem, now);
                task.finish(outcome, recorder).await;
            }
            (Some(_), None) => task.give_back(now, recorder).await,
        }
    }

    /// The feed is not among the enabled ones: a part of what waits for it is canceled, unless it
    /// was enabled just now. Says whether there may be more.
    async fn cancel(&self, feed: FeedId, now: Instant) -> Result<bool> {
        let db = &self.context.db;
        let Some(reason) = disable::why_off(db, feed).await? else {
            return Ok(false);
        };
        let mut conn = db.write().await?;
        let canceled = deliveries::cancel_waiting(&mut conn, feed, reason, now, CANCELED_AT_ONCE);
        Ok(i64::try_from(canceled.await?).is_ok_and(|count| count == CANCELED_AT_ONCE))
    }
}

/// Shares the places out among lanes, in an order that is not always the same.
fn shared_out(mut lanes: Vec<LaneShare>, places: usize) -> Vec<LaneShare> {
    let first = rand::random_range(0..lanes.len());
    lanes.rotate_left(first);
    lanes.truncate(places);
    let each = places / lanes.len();
    for share in &mut lanes {
        share.start = share.start.min(each);
        share.queue = share.queue.min(each - share.start);
    }
    lanes
}

fn longest_timeout(lanes: &HashMap<FeedId, LaneReservation>) -> Duration {
    let feeds = lanes.values().filter_map(|reserved| reserved.lane.feed());
    // No feed at all: then nothing is sent either.
    feeds.map(|feed| feed.timeout).max().unwrap_or_default()
}

//! A lane: the deliveries of one feed that are in memory. It decides what may start, so that a feed
//! delays itself alone; the dispatcher does what it decides.

mod admission;
mod bucket;
mod pace;
mod queues;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::id::FeedId;

pub(crate) use admission::Capacity;
use admission::{Admission, LaneState};

use crate::deliver::{
    compiled_feed::CompiledFeed,
    due_bell::DueBell,
    outcome::EndedAttempt,
    permits::{StartPermit, StartPermits},
    task::{DeliveryTask, TaskHome},
};

/// One feed's lane.
pub(crate) struct Lane {
    pub(crate) id: FeedId,
    state: Mutex<LaneState>,
}

/// A lane's answer to a task that is offered to it.
pub(crate) enum LaneOffer {
    /// It is to start now.
    Start(StartTask, StartPermit),
    /// It waits in the lane for one that is under way.
    Queued,
    /// There is no room for it: it waits as a row.
    Refused(DeliveryTask),
}

/// A task that may start, and the feed as it is now.
pub(crate) struct StartTask {
    pub(crate) task: DeliveryTask,
    pub(crate) feed: Arc<CompiledFeed>,
}

/// Room in a lane for deliveries that are about to be claimed. What is not used is free again when
/// it is dropped.
pub(crate) struct LaneReservation {
    pub(crate) lane: Arc<Lane>,
    /// One for each delivery that is started at once.
    permits: Vec<StartPermit>,
    /// Deliveries that follow what is under way.
    queue: usize,
}

impl LaneReservation {
    /// How many more it is for.
    pub(crate) fn left(&self) -> usize {
        self.permits.len() + self.queue
    }

    /// The permit of the next delivery; `None` when it is to be queued.
    pub(crate) fn next(&mut self) -> Option<StartPermit> {
        let permit = self.permits.pop();
        if permit.is_none() {
            self.queue = self.queue.saturating_sub(1);
        }
        permit
    }
}

impl Drop for LaneReservation {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.unreserve(self.permits.len(), self.queue);
    }
}

/// What a lane wants done after a task of it has ended.
pub(crate) enum NextStep {
    Start(StartTask),
    /// The feed is not enabled any more.
    TurnAway(DeliveryTask),
    /// There is nothing to start; the permit goes back.
    Rest,
}

/// How a task ended, as far as it concerns its lane.
pub(crate) enum TaskEnd {
    /// An attempt was made.
    Attempted(EndedAttempt),
    /// It had waited in the lane until its lease was too short for an attempt.
    Expired,
    /// No attempt was made, or it is not known how it ended.
    NotAttempted,
}

impl Lane {
    pub(crate) fn new(feed: Arc<CompiledFeed>) -> Arc<Self> {
        Arc::new(Self {
            id: feed.id,
            state: Mutex::new(LaneState::new(feed, Instant::now())),
        })
    }

    /// The feed was changed.
    pub(crate) fn follow(&self, feed: Arc<CompiledFeed>) {
        self.state().follow(feed, Instant::now());
    }

    /// The feed was disabled or deleted.
    pub(crate) fn close(&self) {
        self.state().feed = None;
    }

    /// `None` when the feed is not enabled any more.
    pub(crate) fn feed(&self) -> Option<Arc<CompiledFeed>> {
        self.state().feed.clone()
    }

    /// How many due deliveries it may be given now. When it is full it rings as soon as it is not.
    pub(crate) fn capacity_for_due(&self) -> Capacity {
        let mut state = self.state();
        let capacity = state.capacity_for_due(Instant::now());
        if matches!(capacity, Capacity::Full { .. }) {
            state.owes = true;
        }
        capacity
    }

    /// Notes that more of its deliveries are due than were claimed: it rings when one that ends
    /// makes room for them. Gives when to look again, if time alone makes room or there is some
    /// already.
    pub(crate) fn note_more_due(&self) -> Option<Duration> {
        let (mut state, now) = (self.state(), Instant::now());
        state.owes = true;
        if state.wants_due(now) {
            return Some(Duration::ZERO);
        }
        match state.capacity_for_due(now) {
            Capacity::Full { retry_in } => retry_in,
            Capacity::Free { .. } => None,
        }
    }

    /// Reserves room for deliveries that are about to be claimed: one start for each permit, and
    /// places in the queue. It may be less than was hoped for; permits too many go back.
    pub(crate) fn reserve(
        lane: &Arc<Self>,
        mut permits: Vec<StartPermit>,
        queue: usize,
    ) -> LaneReservation {
        let mut state = lane.state();
        let (start, queue) = state.reserve(permits.len(), queue, Instant::now());
        drop(state);
        permits.truncate(start);
        LaneReservation {
            lane: lane.clone(),
            permits,
            queue,
        }
    }

    /// Takes a task to start it or to queue it, if it has room for it. One that is due has its
    /// reservation, and the permit that belongs to it.
    pub(crate) fn offer(
        &self,
        task: DeliveryTask,
        reserved: Option<StartPermit>,
        permits: &StartPermits,
    ) -> LaneOffer {
        let is_due = matches!(task.home, TaskHome::Row { .. });
        let mut state = self.state();
        if reserved.is_some() {
            state.reserved = state.reserved.saturating_sub(1);
        }
        if !is_due {
            if !state.takes_fresh(Instant::now()) {
                state.owes = true;
                return LaneOffer::Refused(task);
            }
            state.spend();
        }
        if let Admission::Start(feed) = state.admission(state.running + state.reserved)
            && let Some(permit) = reserved.or_else(|| permits.try_take())
        {
            state.running += 1;
            return LaneOffer::Start(StartTask { task, feed }, permit);
        }
        if state.running == 0 || state.feed.is_none() {
            // Nothing that ends would take it out of the queue.
            state.owes = true;
            return LaneOffer::Refused(task);
        }
        state.queues.push(task, is_due);
        LaneOffer::Queued
    }

    /// A task has ended: the lane learns how, and says what its runner does next. After
    /// [`NextStep::Rest`] the runner ends.
    pub(crate) fn finished(
        &self,
        end: &TaskEnd,
        permits: &StartPermits,
        bell: &DueBell,
    ) -> NextStep {
        let mut state = self.state();
        self.learn(&mut state, end);
        let others = state.running.saturating_sub(1);
        let next = if others > 0 && permits.answer_wish() {
            // Another lane found no permit: this one can spare one. Who wants it waits as a row.
            bell.ring();
            NextStep::Rest
        } else {
            let others = others + state.reserved;
            state.next(others)
        };
        if matches!(next, NextStep::Rest) {
            state.running = others;
        }
        if state.owes && state.wants_due(Instant::now()) {
            state.owes = false;
            bell.ring();
        }
        next
    }

    /// The one place that hears how each task ended.
    fn learn(&self, state: &mut LaneState, end: &TaskEnd) {
        match end {
            TaskEnd::Attempted(ended) => {
                state.pace.note(Instant::now());
                tracing::trace!(
                    feed_id = %self.id,
                    succeeded = ended.succeeded,
                    under_way = state.running,
                    "an attempt ended"
                );
            }
            TaskEnd::Expired => state.halve_queue(),
            TaskEnd::NotAttempted => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A lane: the deliveries of one feed that are in memory. It decides how many are under way, so
//! that a feed delays itself alone.

mod bucket;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bucket::Bucket;
use domain::id::FeedId;

use crate::deliver::{
    compiled_feed::CompiledFeed,
    dispatcher::Dispatcher,
    task::{DeliveryTask, Home},
};

/// The queue of a new lane. It grows while the lane keeps up, to [`LONGEST`], and shrinks while it
/// does not, to a few: what is queued longer than it takes to settle an event only costs memory.
const QUEUE: usize = 256;
const LONGEST: usize = 1024;
const SHORTEST: usize = 16;

/// One feed's lane.
pub(crate) struct Lane {
    pub(crate) id: FeedId,
    work: Mutex<Work>,
}

struct Work {
    /// `None`: the feed is not enabled any more.
    plan: Option<Arc<CompiledFeed>>,
    running: usize,
    /// Never holds anything while nothing is running.
    fresh: VecDeque<DeliveryTask>,
    due: VecDeque<DeliveryTask>,
    /// Most tasks in each of the two.
    limit: usize,
    bucket: Option<Bucket>,
    /// Whose turn it is when both wait, so that neither starves.
    due_first: bool,
    /// There was something that waits as a row now.
    owes: bool,
}

impl Lane {
    pub(crate) fn new(plan: Arc<CompiledFeed>) -> Arc<Self> {
        let work = Work {
            plan: None,
            running: 0,
            fresh: VecDeque::new(),
            due: VecDeque::new(),
            limit: QUEUE,
            bucket: None,
            due_first: false,
            owes: false,
        };
        let lane = Self {
            id: plan.id,
            work: Mutex::new(work),
        };
        lane.follow(plan);
        Arc::new(lane)
    }

    /// The feed was changed.
    pub(crate) fn follow(&self, plan: Arc<CompiledFeed>) {
        let mut work = self.work();
        if work.bucket.as_ref().map(Bucket::rate) != plan.rate_per_second {
            work.bucket = plan
                .rate_per_second
                .map(|rate| Bucket::new(rate, Instant::now()));
        }
        work.limit = work.limit.max(shortest(&plan));
        work.plan = Some(plan);
    }

    /// The feed was disabled or deleted.
    pub(crate) fn close(&self) {
        self.work().plan = None;
    }

    pub(crate) fn plan(&self) -> Option<Arc<CompiledFeed>> {
        self.work().plan.clone()
    }

    /// How many due deliveries it may be given now; when none, when to ask again, unless the lane
    /// rings.
    pub(crate) fn room_for_due(&self) -> Result<usize, Option<Duration>> {
        let mut work = self.work();
        match work.room(Queue::Due, Instant::now()) {
            0 => {
                work.owes = true;
                Err(work
                    .bucket
                    .as_ref()
                    .map(Bucket::wait)
                    .filter(|wait| !wait.is_zero()))
            }
            room => Ok(room),
        }
    }

    /// More of its deliveries are due than were taken. Whether it has room for them already; if
    /// not, it rings when it has.
    pub(crate) fn owes(&self) -> bool {
        let mut work = self.work();
        work.owes = true;
        work.has_half_a_queue()
    }

    /// Takes a task, or gives it back when there is no room; then it waits as a row.
    pub(crate) fn offer(
        self: &Arc<Self>,
        task: DeliveryTask,
        dispatcher: &Arc<Dispatcher>,
    ) -> Option<DeliveryTask> {
        let queue = if matches!(task.home, Home::Row { .. }) {
            Queue::Due
        } else {
            Queue::Fresh
        };
        let mut work = self.work();
        let has_room = work.room(queue, Instant::now()) > 0;
        let most = work.plan.as_ref().map_or(0, |plan| plan.max_in_flight);
        if has_room
            && work.running < most
            && let Some(seat) = dispatcher.seat()
        {
            work.running += 1;
            work.spend();
            drop(work);
            dispatcher.fly(self.clone(), task, seat);
            return None;
        }
        if !has_room || work.running == 0 {
            work.owes = true;
            return Some(task);
        }
        work.spend();
        work.queue(queue).push_back(task);
        None
    }

    /// The next task for a runner that is done with one. `None` ends the runner.
    pub(crate) fn next(&self, dispatcher: &Dispatcher) -> Option<DeliveryTask> {
        let mut work = self.work();
        // Others wait for a seat: this lane can spare one.
        let next = if work.running > 1 && dispatcher.is_wanted() {
            None
        } else {
            work.pop()
        };
        if next.is_none() {
            work.running -= 1;
        }
        if work.owes && work.has_half_a_queue() {
            work.owes = false;
            dispatcher.ring();
        }
        next
    }

    /// A task had waited too long in the queue.
    pub(crate) fn too_slow(&self) {
        let mut work = self.work();
        let shortest = work.plan.as_ref().map_or(SHORTEST, |plan| shortest(plan));
        work.limit = (work.limit / 2).max(shortest);
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy)]
enum Queue {
    Fresh,
    Due,
}

impl Work {
    /// How many more this lane may take: the one place that decides. (A breaker that is open makes
    /// it none.)
    fn room(&mut self, queue: Queue, now: Instant) -> usize {
        let Some(plan) = &self.plan else { return 0 };
        let idle = plan.max_in_flight.saturating_sub(self.running);
        let length = match queue {
            Queue::Fresh => self.fresh.len(),
            Queue::Due => self.due.len(),
        };
        let room = idle + self.limit.saturating_sub(length);
        self.bucket
            .as_mut()
            .map_or(room, |bucket| room.min(bucket.tokens(now)))
    }

    fn spend(&mut self) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take();
        }
    }

    fn queue(&mut self, queue: Queue) -> &mut VecDeque<DeliveryTask> {
        match queue {
            Queue::Fresh => &mut self.fresh,
            Queue::Due => &mut self.due,
        }
    }

    fn pop(&mut self) -> Option<DeliveryTask> {
        self.due_first = !self.due_first;
        let next = if self.due_first {
            self.due.pop_front().or_else(|| self.fresh.pop_front())
        } else {
            self.fresh.pop_front().or_else(|| self.due.pop_front())
        };
        if next.is_some() && self.fresh.is_empty() && self.due.is_empty() {
            // It keeps up with what it is given.
            self.limit = (self.limit * 2).min(LONGEST);
        }
        next
    }

    fn has_half_a_queue(&self) -> bool {
        self.due.len() * 2 <= self.limit
    }
}

fn shortest(plan: &CompiledFeed) -> usize {
    (2 * plan.max_in_flight).max(SHORTEST)
}

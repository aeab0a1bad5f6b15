//! Whether a lane takes one more task, and whether one may start.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{NextStep, StartTask, bucket::TokenBucket, queues::TaskQueues};
use crate::deliver::compiled_feed::CompiledFeed;

/// The shortest queue of a lane.
const SHORTEST: usize = 16;

/// How many more tasks a lane takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capacity {
    Free(usize),
    Full {
        /// When to ask again, if time alone makes room; otherwise the lane rings.
        retry_in: Option<Duration>,
    },
}

/// Whether one more request of the feed may be under way.
pub(super) enum Admission {
    /// It may, with the feed as it is now.
    Start(Arc<CompiledFeed>),
    /// Not before another one has ended.
    Wait,
    /// The feed is not enabled any more.
    Closed,
}

/// What a lane knows about itself. Under the lane's lock.
pub(super) struct LaneState {
    /// `None`: the feed is not enabled any more.
    pub(super) feed: Option<Arc<CompiledFeed>>,
    pub(super) running: usize,
    /// Never hold anything while nothing is running.
    pub(super) queues: TaskQueues,
    bucket: Option<TokenBucket>,
    /// Something that is due waits as a row until the lane has room for it.
    pub(super) owes: bool,
}

impl LaneState {
    pub(super) fn new(feed: Arc<CompiledFeed>, now: Instant) -> Self {
        let mut state = Self {
            feed: None,
            running: 0,
            queues: TaskQueues::new(),
            bucket: None,
            owes: false,
        };
        state.follow(feed, now);
        state
    }

    pub(super) fn follow(&mut self, feed: Arc<CompiledFeed>, now: Instant) {
        if self.bucket.as_ref().map(TokenBucket::rate) != feed.rate_per_second {
            self.bucket = feed.rate_per_second.map(|rate| TokenBucket::new(rate, now));
        }
        self.queues.grow_to(shortest(&feed));
        self.feed = Some(feed);
    }

    /// The one decision about a start: each request of the feed passes here, whether its task is
    /// just offered or leaves the queue. `running` are the feed's other requests under way. The
    /// rate was asked before, when the lane took the task: what is queued has its token.
    pub(super) fn admission(&self, running: usize) -> Admission {
        match &self.feed {
            None => Admission::Closed,
            Some(feed) if running < feed.max_in_flight => Admission::Start(feed.clone()),
            Some(_) => Admission::Wait,
        }
    }

    /// What a runner does next, beside `others`.
    pub(super) fn next(&mut self, others: usize) -> NextStep {
        let admission = self.admission(others);
        if matches!(admission, Admission::Wait) {
            return NextStep::Rest;
        }
        match (self.queues.pop(), admission) {
            (Some(task), Admission::Start(feed)) => NextStep::Start(StartTask { task, feed }),
            (Some(task), _) => NextStep::TurnAway(task),
            (None, _) => NextStep::Rest,
        }
    }

    pub(super) fn capacity_for_due(&mut self, now: Instant) -> Capacity {
        match self.room(true, now) {
            0 => Capacity::Full {
                retry_in: self
                    .bucket
                    .as_ref()
                    .map(TokenBucket::wait)
                    .filter(|wait| !wait.is_zero()),
            },
            free => Capacity::Free(free),
        }
    }

    pub(super) fn has_capacity(&mut self, is_due: bool, now: Instant) -> bool {
        self.room(is_due, now) > 0
    }

    /// Takes the token of a task that the lane has taken.
    pub(super) fn spend(&mut self) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take();
        }
    }

    pub(super) fn has_half_a_queue(&self) -> bool {
        self.queues.has_half_for_due()
    }

    pub(super) fn halve_queue(&mut self) {
        let shortest = self.feed.as_ref().map_or(SHORTEST, |feed| shortest(feed));
        self.queues.halve(shortest);
    }

    /// How many more the lane takes: what can start, and what can wait, as far as the rate goes.
    fn room(&mut self, is_due: bool, now: Instant) -> usize {
        let Some(feed) = &self.feed else { return 0 };
        let idle = feed.max_in_flight.saturating_sub(self.running);
        let room = idle + self.queues.room(is_due);
        self.bucket
            .as_mut()
            .map_or(room, |bucket| room.min(bucket.tokens(now)))
    }
}

fn shortest(feed: &CompiledFeed) -> usize {
    (2 * feed.max_in_flight).max(SHORTEST)
}

//! Whether a lane takes one more task, and whether one may start.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{NextStep, StartTask, bucket::TokenBucket, pace::Pace, queues::TaskQueues};
use crate::deliver::compiled_feed::CompiledFeed;

/// The shortest queue of a lane.
const SHORTEST: usize = 16;

/// How many more tasks a lane takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capacity {
    Free {
        /// To be started, if there are permits.
        start: usize,
        /// To follow what is under way, as fast as that got on lately.
        queue: usize,
    },
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
    pub(super) pace: Pace,
    /// Starts that are promised to deliveries that are being claimed.
    pub(super) reserved: usize,
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
            pace: Pace::new(now),
            reserved: 0,
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
            Some(feed) if running < feed.most_in_flight() => Admission::Start(feed.clone()),
            Some(_) => Admission::Wait,
        }
    }

    /// What a runner does next, beside `others`. If none may start at all (the feed was locked
    /// meanwhile), the queue is emptied: nothing else would.
    pub(super) fn next(&mut self, others: usize) -> NextStep {
        let admission = self.admission(others);
        if matches!(admission, Admission::Wait) && others > 0 {
            return NextStep::Rest;
        }
        match (self.queues.pop(), admission) {
            (Some(task), Admission::Start(feed)) => NextStep::Start(StartTask { task, feed }),
            (Some(task), _) => NextStep::TurnAway(task),
            (None, _) => NextStep::Rest,
        }
    }

    pub(super) fn capacity_for_due(&mut self, now: Instant) -> Capacity {
        match self.room_for_due(now) {
            (0, 0) => Capacity::Full {
                retry_in: self
                    .bucket
                    .as_ref()
                    .map(TokenBucket::wait)
                    .filter(|wait| !wait.is_zero()),
            },
            (start, queue) => Capacity::Free { start, queue },
        }
    }

    /// Whether it is worth while to claim more for it.
    pub(super) fn wants_due(&mut self, now: Instant) -> bool {
        let lately = self.pace.lately(now);
        let (start, queue) = self.room_for_due(now);
        start > 0 || (queue > 0 && self.queues.due() * 2 <= lately)
    }

    /// Reserves what there is room for, with its tokens.
    pub(super) fn reserve(&mut self, start: usize, queue: usize, now: Instant) -> (usize, usize) {
        let (free, places) = self.room_for_due(now);
        let (start, queue) = (start.min(free), queue.min(places));
        self.reserved += start;
        (0..start + queue).for_each(|_| self.spend());
        (start, queue)
    }

    pub(super) fn unreserve(&mut self, start: usize, queue: usize) {
        self.reserved = self.reserved.saturating_sub(start);
        if let Some(bucket) = &mut self.bucket {
            (0..start + queue).for_each(|_| bucket.put_back());
        }
    }

    /// Whether it takes one more fresh task: it can start, or wait, as far as the rate goes.
    pub(super) fn takes_fresh(&mut self, now: Instant) -> bool {
        let room = self.idle() + self.queues.room(false);
        self.most_in_flight() > 0 && self.within_rate(room, now) > 0
    }

    /// Takes the token of a task that the lane has taken.
    pub(super) fn spend(&mut self) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take();
        }
    }

    pub(super) fn halve_queue(&mut self) {
        let shortest = self.feed.as_ref().map_or(SHORTEST, |feed| shortest(feed));
        self.queues.halve(shortest);
    }

    /// How many due tasks it takes: to start them, and to queue them behind what is under way. No
    /// more are queued than end in a second or so, so that none is taken only to be given back.
    fn room_for_due(&mut self, now: Instant) -> (usize, usize) {
        if self.most_in_flight() == 0 {
            return (0, 0);
        }
        let start = self.within_rate(self.idle(), now);
        let lately = self.pace.lately(now).saturating_sub(self.queues.due());
        let queue = if self.running == 0 {
            0
        } else {
            lately.min(self.queues.room(true))
        };
        (start, self.within_rate(start + queue, now) - start)
    }

    fn idle(&self) -> usize {
        let under_way = self.running + self.reserved;
        self.most_in_flight().saturating_sub(under_way)
    }

    fn most_in_flight(&self) -> usize {
        let feed = self.feed.as_ref();
        feed.map_or(0, |feed| feed.most_in_flight())
    }

    fn within_rate(&mut self, count: usize, now: Instant) -> usize {
        let bucket = self.bucket.as_mut();
        bucket.map_or(count, |bucket| count.min(bucket.tokens(now)))
    }
}

fn shortest(feed: &CompiledFeed) -> usize {
    (2 * feed.max_in_flight).max(SHORTEST)
}

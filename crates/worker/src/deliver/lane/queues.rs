//! What waits in a lane for one of its requests to end.

use std::collections::VecDeque;

use crate::deliver::task::DeliveryTask;

/// The queue of a new lane. It grows while the lane keeps up, to [`LONGEST`], and shrinks while it
/// does not, to a few: what is queued longer than it takes to settle an event only costs memory.
const INITIAL: usize = 256;
const LONGEST: usize = 1024;

/// Fresh tasks and due ones, taken in turn, so that neither starves.
pub(super) struct TaskQueues {
    fresh: VecDeque<DeliveryTask>,
    due: VecDeque<DeliveryTask>,
    /// Most tasks in each of the two.
    limit: usize,
    due_first: bool,
}

impl TaskQueues {
    pub(super) fn new() -> Self {
        Self {
            fresh: VecDeque::new(),
            due: VecDeque::new(),
            limit: INITIAL,
            due_first: false,
        }
    }

    /// How many more the queue takes.
    pub(super) fn room(&self, is_due: bool) -> usize {
        let length = if is_due {
            self.due.len()
        } else {
            self.fresh.len()
        };
        self.limit.saturating_sub(length)
    }

    pub(super) fn push(&mut self, task: DeliveryTask, is_due: bool) {
        if is_due {
            self.due.push_back(task);
        } else {
            self.fresh.push_back(task);
        }
    }

    pub(super) fn pop(&mut self) -> Option<DeliveryTask> {
        self.due_first = !self.due_first;
        let next = if self.due_first {
            self.due.pop_front().or_else(|| self.fresh.pop_front())
        } else {
            self.fresh.pop_front().or_else(|| self.due.pop_front())
        };
        if next.is_some() && self.fresh.is_empty() && self.due.is_empty() {
            // The lane keeps up with what it is given.
            self.limit = (self.limit * 2).min(LONGEST);
        }
        next
    }

    /// How many due ones wait.
    pub(super) fn due(&self) -> usize {
        self.due.len()
    }

    pub(super) fn halve(&mut self, shortest: usize) {
        self.limit = (self.limit / 2).max(shortest);
    }

    pub(super) fn grow_to(&mut self, shortest: usize) {
        self.limit = self.limit.max(shortest);
    }
}

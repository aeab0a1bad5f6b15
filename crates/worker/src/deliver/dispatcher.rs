//! The dispatcher runs delivery tasks: a runner takes one after another from a lane, as long as the lane has
//! any. No runner waits for work.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::Clock;
use futures_util::FutureExt;
use storage::Db;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::deliver::{disable, lane::Lane, record::Recorder, send::Sender, task::DeliveryTask};

/// What the runners share.
pub(crate) struct Dispatcher {
    pub(crate) sender: Sender,
    pub(crate) recorder: Recorder,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    /// Wakes the poller of due rows.
    pub(crate) due: Arc<Notify>,
    /// One seat for each request that may be under way.
    pub(crate) seats: Arc<Semaphore>,
    /// Somebody found no seat.
    pub(crate) wanted: AtomicBool,
    pub(crate) runners: TaskTracker,
    /// Nothing that waits in a lane is begun any more.
    pub(crate) stop: CancellationToken,
    /// What is under way is broken off.
    pub(crate) abort: CancellationToken,
}

/// The right to have one request under way.
pub(crate) type Seat = OwnedSemaphorePermit;

impl Dispatcher {
    /// A seat, unless all are taken.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let seat = self.seats.clone().try_acquire_owned().ok();
        if seat.is_none() {
            self.wanted.store(true, Ordering::Relaxed);
        }
        seat
    }

    /// Whether somebody found no seat since the last call.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) && self.wanted.swap(false, Ordering::Relaxed) && {
            self.ring();
            true
        }
    }

    /// A lane has room for rows that are due.
    pub(crate) fn ring(&self) {
        self.due.notify_one();
    }

    /// Flies, and goes on with what the lane has.
    pub(crate) fn fly(self: &Arc<Self>, lane: Arc<Lane>, task: DeliveryTask, seat: Seat) {
        let dispatcher = self.clone();
        self.runners.spawn(async move {
            let mut next = Some(task);
            while let Some(task) = next {
                let delivery = task.delivery;
                // A runner that is gone without a word would leave its lane one short for ever.
                if AssertUnwindSafe(dispatcher.attempt(&lane, task)).catch_unwind().await.is_err() {
                    tracing::error!(delivery_id = %delivery, "an attempt panicked; the delivery comes again when its lease ends");
                }
                next = lane.next(&dispatcher);
            }
            drop(seat);
        });
    }

    async fn attempt(&self, lane: &Lane, task: DeliveryTask) {
        let now = self.clock.now();
        if self.stop.is_cancelled() {
            return task.give_back(now, &self.recorder).await;
        }
        let Some(plan) = lane.plan() else {
            return self.turn_away(lane, task).await;
        };
        if !task.start(now, plan.timeout) {
            lane.too_slow();
            return self.leave(task).await;
        }
        let outcome = tokio::select! {
            outcome = self.sender.attempt(&plan, &task) => outcome,
            () = self.abort.cancelled() => return task.give_back(self.clock.now(), &self.recorder).await,
        };
        task.land(outcome, &self.recorder).await;
    }

    /// The feed was disabled or deleted meanwhile.
    async fn turn_away(&self, lane: &Lane, task: DeliveryTask) {
        let now = self.clock.now();
        match disable::why_off(&self.db, lane.id).await {
            Ok(Some(reason)) => task.cancel(reason, now, &self.recorder).await,
            // Enabled again, or unknown: it comes again as a row.
            Ok(None) | Err(_) => task.give_back(now, &self.recorder).await,
        }
    }

    /// The lease is too short now for an attempt: another may have the delivery, or has it soon.
    async fn leave(&self, task: DeliveryTask) {
        if let crate::deliver::task::Home::Row { .. } = task.home {
            task.give_back(self.clock.now(), &self.recorder).await;
        }
    }
}

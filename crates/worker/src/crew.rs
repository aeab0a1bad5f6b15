//! The crew flies: a runner takes one flight after another from a lane, as long as the lane has
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

use crate::{disable, flight::Flight, lane::Lane, record::Recorder, send::Sender};

/// What the runners share.
pub(crate) struct Crew {
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

impl Crew {
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
    pub(crate) fn fly(self: &Arc<Self>, lane: Arc<Lane>, flight: Flight, seat: Seat) {
        let crew = self.clone();
        self.runners.spawn(async move {
            let mut next = Some(flight);
            while let Some(flight) = next {
                let delivery = flight.delivery;
                // A runner that is gone without a word would leave its lane one short for ever.
                if AssertUnwindSafe(crew.attempt(&lane, flight)).catch_unwind().await.is_err() {
                    tracing::error!(delivery_id = %delivery, "an attempt panicked; the delivery comes again when its lease ends");
                }
                next = lane.next(&crew);
            }
            drop(seat);
        });
    }

    async fn attempt(&self, lane: &Lane, flight: Flight) {
        let now = self.clock.now();
        if self.stop.is_cancelled() {
            return flight.give_back(now, &self.recorder).await;
        }
        let Some(plan) = lane.plan() else {
            return self.turn_away(lane, flight).await;
        };
        if !flight.start(now, plan.timeout) {
            lane.too_slow();
            return self.leave(flight).await;
        }
        let outcome = tokio::select! {
            outcome = self.sender.attempt(&plan, &flight) => outcome,
            () = self.abort.cancelled() => return flight.give_back(self.clock.now(), &self.recorder).await,
        };
        flight.land(outcome, &self.recorder).await;
    }

    /// The feed was disabled or deleted meanwhile.
    async fn turn_away(&self, lane: &Lane, flight: Flight) {
        let now = self.clock.now();
        match disable::why_off(&self.db, lane.id).await {
            Ok(Some(reason)) => flight.cancel(reason, now, &self.recorder).await,
            // Enabled again, or unknown: it comes again as a row.
            Ok(None) | Err(_) => flight.give_back(now, &self.recorder).await,
        }
    }

    /// The lease is too short now for an attempt: another may have the delivery, or has it soon.
    async fn leave(&self, flight: Flight) {
        if let crate::flight::Home::Row { .. } = flight.home {
            flight.give_back(self.clock.now(), &self.recorder).await;
        }
    }
}

//! The dispatcher runs delivery tasks: a runner takes one after another from a lane, as long as the
//! lane has any. No runner waits for work.

#[cfg(test)]
mod tests;

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    context::WorkerContext,
    deliver::{
        disable,
        due_bell::DueBell,
        held::Held,
        lane::{Lane, LaneOffer, NextStep, StartTask, TaskEnd},
        outcome::DeliveryOutcome,
        permits::{StartPermit, StartPermits},
        recorder::Recorder,
        send::Sender,
        task::DeliveryTask,
    },
};

/// What the runners share.
pub(crate) struct Dispatcher {
    /// Once its `stop` is cancelled, nothing that waits in a lane is begun.
    pub(crate) context: WorkerContext,
    pub(crate) sender: Sender,
    pub(crate) recorder: Recorder,
    pub(crate) permits: StartPermits,
    /// What is under way, or not yet written.
    pub(crate) held: Held,
    /// Wakes the poller of due rows.
    pub(crate) due: DueBell,
    pub(crate) runners: TaskTracker,
    /// What is under way is broken off.
    pub(crate) abort: CancellationToken,
}

/// What became of a task that was offered to a lane.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once; a box would cost an allocation for each refusal"
)]
pub(crate) enum Offer {
    Started,
    Queued,
    /// The lane has no room for it: it waits as a row.
    Refused(DeliveryTask),
}

impl Dispatcher {
    /// Offers a task to its lane, and starts it if the lane says so. What is due comes with the
    /// permit that was reserved for it.
    pub(crate) fn offer(
        self: &Arc<Self>,
        lane: &Arc<Lane>,
        task: DeliveryTask,
        permit: Option<StartPermit>,
    ) -> Offer {
        match lane.offer(task, permit, &self.permits) {
            LaneOffer::Start(start, permit) => {
                let runner = self.clone().run(lane.clone(), start, permit);
                self.runners.spawn(runner);
                Offer::Started
            }
            LaneOffer::Queued => Offer::Queued,
            LaneOffer::Refused(task) => Offer::Refused(task),
        }
    }

    /// Runs a task, and goes on with what the lane has.
    async fn run(self: Arc<Self>, lane: Arc<Lane>, first: StartTask, permit: StartPermit) {
        let mut step = NextStep::Start(first);
        loop {
            let end = match step {
                NextStep::Start(start) => {
                    let delivery = start.task.delivery;
                    // A runner that is gone without a word would leave its lane one short for ever.
                    let attempt = AssertUnwindSafe(self.attempt(&lane, start))
                        .catch_unwind()
                        .await;
                    attempt.unwrap_or_else(|_| {
                        tracing::error!(delivery_id = %delivery, "an attempt panicked; the delivery comes again when its lease ends");
                        TaskEnd::NotAttempted
                    })
                }
                NextStep::TurnAway(task) => {
                    self.turn_away(&lane, task).await;
                    TaskEnd::NotAttempted
                }
                NextStep::Rest => break,
            };
            step = lane.finished(&end, &self.permits, &self.due);
        }
        drop(permit);
        if self.permits.answer_wish() {
            self.due.ring();
        }
    }

    async fn attempt(&self, lane: &Lane, StartTask { task, feed }: StartTask) -> TaskEnd {
        let now = self.context.clock.now();
        if self.context.stop.is_cancelled() {
            task.give_back(now, &self.recorder).await;
            return TaskEnd::NotAttempted;
        }
        let Some(held) = task.try_start(now, feed.timeout, &self.held) else {
            task.leave(now, &self.recorder).await;
            return TaskEnd::Expired;
        };
        let mut outcome = tokio::select! {
            outcome = self.sender.attempt(&feed, &task) => outcome,
            () = self.abort.cancelled() => {
                task.give_back(self.context.clock.now(), &self.recorder).await;
                return TaskEnd::NotAttempted;
            }
        };
        outcome.held = Some(held);
        if outcome.gone.is_some() && lane.feed().is_some_and(|now| now.version != feed.version) {
            outcome.begin_anew(self.context.clock.now());
        }
        let end = end_of(&outcome);
        task.finish(outcome, &self.recorder).await;
        end
    }

    /// The feed was disabled or deleted meanwhile.
    async fn turn_away(&self, lane: &Lane, task: DeliveryTask) {
        let now = self.context.clock.now();
        if self.context.stop.is_cancelled() {
            return task.give_back(now, &self.recorder).await;
        }
        match disable::why_off(&self.context.db, lane.id).await {
            Ok(Some(reason)) => task.cancel(reason, now, &self.recorder).await,
            // Enabled again: it comes again as a row.
            Ok(None) => task.give_back(now, &self.recorder).await,
            Err(error) => {
                tracing::warn!(%error, feed_id = %lane.id, "a feed cannot be read; its delivery is given back");
                task.give_back(now, &self.recorder).await;
            }
        }
    }
}

fn end_of(outcome: &DeliveryOutcome) -> TaskEnd {
    outcome
        .ended
        .map_or(TaskEnd::NotAttempted, TaskEnd::Attempted)
}

//! Settling: an event is acknowledged when each of its deliveries is a row. What is still under way
//! after a while becomes a row with a lease, so that a slow receiver does not hold back the event.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Instant, delivery::DeliveryState};
use storage::deliveries::Delivery;
use tokio::{sync::mpsc, time};

use crate::{
    deliver::{
        record::{Entry, Recorder},
        task::{FIRST_LEASE, Outcome},
    },
    source::arrival::Receipt,
};

/// A routed event of which not everything is recorded yet.
pub(crate) struct Unsettled {
    identity: Vec<u8>,
    /// One for each time that it arrived; `None` once they are acknowledged.
    receipts: Mutex<Option<Vec<Receipt>>>,
    /// `None` once it was handed to the recorder.
    open: Mutex<Option<Open>>,
}

struct Open {
    entry: Entry,
    /// Deliveries that can still change before they are written.
    waiting: usize,
}

impl Unsettled {
    /// An event with the first rows of its deliveries, of which `waiting` are about to be tried.
    pub(crate) fn new(
        identity: Vec<u8>,
        receipts: Vec<Receipt>,
        entry: Entry,
        waiting: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity,
            receipts: Mutex::new(Some(receipts)),
            open: Mutex::new(Some(Open { entry, waiting })),
        })
    }

    /// Marks a delivery as under way until `end`; false when its row has gone out without it.
    pub(crate) fn start(&self, slot: usize, end: Instant) -> bool {
        let mut open = lock(&self.open);
        let Some(row) = open.as_mut().and_then(|open| open.entry.delivery(slot)) else {
            return false;
        };
        row.state = DeliveryState::InFlight;
        row.due_at = Some(end);
        row.lease = FIRST_LEASE;
        true
    }

    /// Takes what came of a delivery: into its first row, or after it when that was written
    /// already.
    pub(crate) async fn finish(
        self: Arc<Self>,
        slot: usize,
        outcome: Outcome,
        recorder: &Recorder,
    ) {
        let permit = recorder.reserve().await;
        // The permit is used under the lock: whoever hands over the first row is before whoever
        // finds it gone.
        let mut open = lock(&self.open);
        match open.as_mut() {
            None => permit.enter(Entry::late(outcome)),
            Some(now_open) => {
                now_open.entry.finish(slot, outcome);
                now_open.waiting = now_open.waiting.saturating_sub(1);
                if now_open.waiting == 0 {
                    self.hand_over(&mut open, permit);
                }
            }
        }
    }

    /// Some of the deliveries will not be tried now; their rows stay as they are.
    pub(crate) async fn forgo(self: &Arc<Self>, deliveries: usize, recorder: &Recorder) {
        let permit = recorder.reserve().await;
        let mut open = lock(&self.open);
        let Some(now_open) = open.as_mut() else {
            return;
        };
        now_open.waiting = now_open.waiting.saturating_sub(deliveries);
        if now_open.waiting == 0 {
            self.hand_over(&mut open, permit);
        }
    }

    /// Hands over everything as it is now.
    pub(crate) async fn close(self: &Arc<Self>, recorder: &Recorder) {
        if self.is_open() {
            let permit = recorder.reserve().await;
            self.hand_over(&mut lock(&self.open), permit);
        }
    }

    /// What makes it the same as its repeats.
    pub(crate) fn identity(&self) -> &[u8] {
        &self.identity
    }

    fn is_open(&self) -> bool {
        lock(&self.open).is_some()
    }

    fn hand_over(
        self: &Arc<Self>,
        open: &mut Option<Open>,
        permit: crate::deliver::record::Permit<'_>,
    ) {
        if let Some(now_open) = open.take() {
            permit.enter(now_open.entry.settling(self.clone()));
        }
    }
}

impl Entry {
    fn delivery(&mut self, slot: usize) -> Option<&mut Delivery> {
        self.group.new_deliveries.get_mut(slot)
    }

    fn finish(&mut self, slot: usize, outcome: Outcome) {
        let Outcome {
            result,
            notice,
            gone,
            counts,
        } = outcome;
        if let Some(row) = self.delivery(slot) {
            row.state = result.state;
            row.state_reason = result.state_reason;
            row.due_at = result.due_at;
            row.attempt_count = result.attempt_count;
            row.last_response_status = result.last_response_status;
            row.last_error = result.last_error;
            row.attempts = result.attempts;
            row.finished_at = result.finished_at;
        }
        self.group.new_events.extend(notice);
        self.gone.extend(gone);
        self.ended.extend(counts);
    }
}

/// The events under way on this node, by identity: a repeat joins the first instead of being sent
/// again.
#[derive(Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashMap<Vec<u8>, Arc<Unsettled>>>>);

impl UnderWay {
    /// Attaches a repeat; gives the receipt back when the event is not under way.
    pub(crate) fn join(&self, identity: &[u8], receipt: Receipt) -> Option<Receipt> {
        let events = lock(&self.0);
        let Some(first) = events.get(identity) else {
            return Some(receipt);
        };
        match lock(&first.receipts).as_mut() {
            Some(receipts) => {
                receipts.push(receipt);
                None
            }
            // It leaves the map before its receipts are taken, so this cannot be; trying again
            // would be harmless.
            None => Some(receipt),
        }
    }

    pub(crate) fn insert(&self, event: &Arc<Unsettled>) {
        lock(&self.0).insert(event.identity.clone(), event.clone());
    }

    /// Acknowledges events that are recorded now.
    pub(crate) fn acknowledge(&self, recorded: &[Arc<Unsettled>]) {
        let mut events = lock(&self.0);
        for event in recorded {
            events.remove(&event.identity);
        }
        drop(events);
        for event in recorded {
            lock(&event.receipts)
                .take()
                .into_iter()
                .flatten()
                .for_each(Receipt::ack);
        }
    }
}

/// Closes each event when its time is up, and all of them when the router ends.
pub(crate) async fn run(
    mut routed: mpsc::Receiver<Arc<Unsettled>>,
    after: Duration,
    recorder: Recorder,
) {
    let mut events: VecDeque<(time::Instant, Arc<Unsettled>)> = VecDeque::new();
    let mut arrived = Vec::new();
    loop {
        let due = events
            .front()
            .map_or_else(time::Instant::now, |(due, _)| *due);
        tokio::select! {
            count = routed.recv_many(&mut arrived, 1024) => {
                if count == 0 {
                    break;
                }
                let due = time::Instant::now() + after;
                events.extend(mem::take(&mut arrived).into_iter().map(|event| (due, event)));
            }
            () = time::sleep_until(due), if !events.is_empty() => {
                if let Some((_, event)) = events.pop_front() {
                    event.close(&recorder).await;
                }
            }
        }
        // Those that are done need no timer.
        while events.front().is_some_and(|(_, event)| !event.is_open()) {
            events.pop_front();
        }
    }
    for (_, event) in events {
        event.close(&recorder).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

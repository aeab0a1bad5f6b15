//! Routing: which feeds get an event, and what each of them is sent. It waits for no lane.

mod matching;
mod repeats;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    Instant,
    event::Event,
    id::{DeliveryId, EventId},
    outbound::request::{Payload, webhook_id},
};
use futures_util::FutureExt;
use matching::MatchedFeed;
use repeats::NewEvent;
use storage::events::EventRow;
use tokio::{sync::mpsc, task};

use crate::{
    context::WorkerContext,
    deliver::{
        dispatcher::{Dispatcher, Offer},
        entry::RecordEntry,
        feeds::{Feeds, snapshot::FeedsSnapshot},
        lane::Lane,
        outcome::EndedAttempt,
        receipts::{SourceReceipts, UnderWay},
        recorder::Recorder,
        task::{DeliveryTask, PriorAttempts, TaskHome},
        unsettled::UnsettledEvent,
    },
    source::arrival::{Arrival, Origin, Refusal},
};

/// How long it waits before it asks a database again that is away.
const PAUSE: Duration = Duration::from_millis(200);

/// The routing task.
pub(crate) struct Router {
    pub(crate) context: WorkerContext,
    pub(crate) feeds: Feeds,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) recorder: Recorder,
    pub(crate) under_way: UnderWay,
    /// Where events wait for their time to be settled.
    pub(crate) settling: mpsc::Sender<Arc<UnsettledEvent>>,
}

/// A delivery that can be tried at once.
struct ReadyDelivery {
    lane: Arc<Lane>,
    /// The place of its row in the event's entry.
    slot: usize,
    id: DeliveryId,
    payload: Payload,
}

impl Router {
    /// Routes until all sources are gone. Once told to stop, it gives back what still comes.
    pub(crate) async fn run(self, mut batches: mpsc::Receiver<Vec<Arrival>>) {
        while let Some(batch) = batches.recv().await {
            let batch = tokio::select! {
                // Stopping comes first, also before repeats that could be sorted out at once.
                biased;
                // Dropping the batch releases it.
                () = self.context.stop.cancelled() => continue,
                batch = repeats::sort_out(&self.context.db, &self.under_way, batch) => batch,
            };
            let snapshot = tokio::select! {
                biased;
                () = self.context.stop.cancelled() => continue,
                snapshot = self.snapshot() => snapshot,
            };
            for new in batch {
                self.route_safely(new, &snapshot).await;
            }
        }
    }

    /// The feeds as they are. Events wait until they can be read: with older ones, a feed that was
    /// saved before its event arrived would miss it.
    async fn snapshot(&self) -> Arc<FeedsSnapshot> {
        loop {
            match self.feeds.for_batch().await {
                Ok(snapshot) => return snapshot,
                Err(error) => {
                    tracing::warn!(%error, "the feeds cannot be read; routing waits");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// An event that cannot be routed without a panic is laid aside; the others go on.
    async fn route_safely(&self, new: NewEvent, snapshot: &Arc<FeedsSnapshot>) {
        let NewEvent {
            event,
            origin,
            identity,
            content,
            receipts,
            ..
        } = new;
        let receipts = SourceReceipts::new(identity, content, receipts);
        let id = event.id;
        let routing = self.route(event, origin, receipts.clone(), snapshot);
        if AssertUnwindSafe(routing).catch_unwind().await.is_err() {
            tracing::error!(event_id = %id, "routing an event panicked; it is laid aside");
            let reason = "panicked: routing it broke down; see the log".to_owned();
            let refusal = Refusal {
                reason,
                event: None,
            };
            self.under_way.refuse(&[receipts], refusal);
        }
    }

    async fn route(
        &self,
        event: Event,
        origin: Origin,
        receipts: Arc<SourceReceipts>,
        snapshot: &Arc<FeedsSnapshot>,
    ) {
        let (id, kind) = (event.id, Arc::<str>::from(event.kind.as_str()));
        let now = self.context.clock.now();
        let (event, matched) = find(event, snapshot, now).await;
        let (entry, ready) = first_rows(event, origin, matched, now);
        let unsettled = UnsettledEvent::new(receipts.clone(), entry, ready.len());
        // Before anything can be recorded, so that acknowledging finds it there.
        self.under_way.insert(&receipts);
        if ready.is_empty() {
            return unsettled.close(&self.recorder).await;
        }
        let mut refused = 0;
        for ReadyDelivery {
            lane,
            slot,
            id: delivery,
            payload,
        } in ready
        {
            let task = DeliveryTask {
                delivery,
                event: id,
                kind: kind.clone(),
                webhook_id: webhook_id(receipts.identity(), lane.id.uuid().as_bytes()),
                payload,
                is_trial: false,
                before: PriorAttempts::default(),
                home: TaskHome::Event {
                    unsettled: unsettled.clone(),
                    slot,
                },
            };
            let offer = self.dispatcher.offer(&lane, task, None);
            refused += usize::from(matches!(offer, Offer::Refused(_)));
        }
        if refused > 0 {
            unsettled.forgo(refused, &self.recorder).await;
        }
        self.await_settling(unsettled, id).await;
    }

    async fn await_settling(&self, unsettled: Arc<UnsettledEvent>, id: EventId) {
        if self.settling.send(unsettled).await.is_err() {
            // Settling ends after the router, unless it broke down; then the worker stops.
            tracing::error!(event_id = %id, "settling has ended; the event is settled when its deliveries are");
        }
    }
}

/// The feeds that get the event. What they compute runs where it holds up nothing else.
async fn find(
    event: Event,
    snapshot: &Arc<FeedsSnapshot>,
    now: Instant,
) -> (Event, Vec<MatchedFeed>) {
    if !matching::computes(&event, snapshot) {
        let matched = matching::find(&event, snapshot, now);
        return (event, matched);
    }
    let snapshot = snapshot.clone();
    let found = task::spawn_blocking(move || {
        let matched = matching::find(&event, &snapshot, now);
        (event, matched)
    });
    match found.await {
        Ok(found) => found,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// What the event leaves in the database, and which of its deliveries can be tried at once.
fn first_rows(
    event: Event,
    origin: Origin,
    matched: Vec<MatchedFeed>,
    now: Instant,
) -> (RecordEntry, Vec<ReadyDelivery>) {
    let (mut entry, mut ready) = (RecordEntry::default(), Vec::new());
    for (slot, MatchedFeed { lane, row, payload }) in matched.into_iter().enumerate() {
        match payload {
            Some(payload) => ready.push(ReadyDelivery {
                lane,
                slot,
                id: row.id,
                payload,
            }),
            None => entry.ended.push(EndedAttempt {
                delivery: row.id,
                feed: lane.id,
                at: now,
                succeeded: false,
                is_last: true,
            }),
        }
        entry.group.new_deliveries.push(row);
    }
    match origin {
        Origin::Own => entry.group.routed_events.push(event.id),
        Origin::Bus => {
            let row = EventRow::routed(event, Some(now));
            entry.group.new_events.push(row);
        }
    }
    (entry, ready)
}

//! Routing: which feeds get an event, and what each of them is sent. It waits for no lane.

mod matching;
mod repeats;

use std::sync::Arc;

use domain::{Clock, outbound::request::webhook_id};
use matching::Found;
use repeats::New;
use storage::{Db, events::EventRow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    deliver::{
        dispatcher::Dispatcher,
        feeds::{Feeds, Snapshot},
        record::{Entry, Recorder},
        settle::{UnderWay, Unsettled},
        task::{Before, DeliveryTask, Ended, Home},
    },
    source::arrival::{Arrival, Origin},
};

/// The routing task.
pub(crate) struct Router {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) feeds: Feeds,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) recorder: Recorder,
    pub(crate) under_way: UnderWay,
    /// Where events wait for their time to be settled.
    pub(crate) settling: mpsc::Sender<Arc<Unsettled>>,
    pub(crate) stop: CancellationToken,
}

impl Router {
    /// Routes until all sources are gone. Once told to stop, it gives back what still comes.
    pub(crate) async fn run(self, mut batches: mpsc::Receiver<Vec<Arrival>>) {
        while let Some(batch) = batches.recv().await {
            let batch = tokio::select! {
                biased;
                // Dropping the batch releases it.
                () = self.stop.cancelled() => continue,
                batch = repeats::sort_out(&self.db, &self.under_way, batch) => batch,
            };
            let snapshot = self.feeds.for_batch().await;
            for new in batch {
                self.route(new, &snapshot).await;
            }
        }
    }

    async fn route(&self, new: New, snapshot: &Snapshot) {
        let New {
            event,
            origin,
            identity,
            receipts,
            ..
        } = new;
        let now = self.clock.now();
        let (id, kind) = (event.id, Arc::<str>::from(event.kind.as_str()));
        let mut entry = Entry::default();
        let mut ready = Vec::new();
        for (slot, Found { lane, row, payload }) in matching::find(&event, snapshot, now)
            .into_iter()
            .enumerate()
        {
            if payload.is_none() {
                entry.ended.push(Ended {
                    feed: lane.id,
                    at: now,
                    succeeded: false,
                    is_last: true,
                });
            }
            ready.extend(payload.map(|payload| (lane, slot, row.id, payload)));
            entry.group.new_deliveries.push(row);
        }
        match origin {
            Origin::Own => entry.group.routed_events.push(id),
            Origin::Bus => entry
                .group
                .new_events
                .push(EventRow::routed(event, Some(now))),
        }
        let unsettled = Unsettled::new(identity, receipts, entry, ready.len());
        self.under_way.insert(&unsettled);
        if ready.is_empty() {
            return unsettled.close(&self.recorder).await;
        }
        let mut without_room = 0;
        for (lane, slot, delivery, payload) in ready {
            let webhook_id = webhook_id(unsettled.identity(), lane.id.uuid().as_bytes());
            let home = Home::Event {
                unsettled: unsettled.clone(),
                slot,
            };
            let task = DeliveryTask {
                delivery,
                event: id,
                kind: kind.clone(),
                webhook_id,
                payload,
                is_test: false,
                before: Before::default(),
                home,
            };
            without_room += usize::from(lane.offer(task, &self.dispatcher).is_some());
        }
        if without_room > 0 {
            unsettled.forgo(without_room, &self.recorder).await;
        }
        // Its end is the end of the program.
        let _ = self.settling.send(unsettled).await;
    }
}

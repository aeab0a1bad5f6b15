//! The source of the embedded profile: the outbox table itself.

use std::{collections::HashMap, mem, time::Duration};

use chrono::TimeDelta;
use domain::id::EventId;
use storage::{
    Result, Signal,
    events::{self, EventRow},
};
use tokio::{sync::mpsc, time};

use crate::{
    context::WorkerContext,
    health::WorkerPart,
    source::arrival::{Arrival, Origin, Receipt, Settlement, TaggedSettlement},
};

const BATCH: usize = 256;
/// Most events that are out and not settled: what bounds the memory of everything behind.
const UNSETTLED: usize = 1024;
/// How long an event that was claimed is ours; it takes a second or so to settle it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
const POLL: Duration = Duration::from_millis(500);

/// Hands over what waits in the outbox.
pub(crate) struct Outbox {
    context: WorkerContext,
    /// What was handed over and is not settled, [`UNSETTLED`] at most.
    out: HashMap<u64, EventId>,
    next_tag: u64,
}

impl Outbox {
    pub(crate) fn new(context: WorkerContext) -> Self {
        Self {
            context,
            out: HashMap::new(),
            next_tag: 0,
        }
    }

    /// Hands over until told to stop; ends when everything that is out is settled.
    pub(crate) async fn run(mut self, batches: mpsc::Sender<Vec<Arrival>>) {
        let stop = self.context.stop.clone();
        let (settled, mut settlements) = mpsc::channel(UNSETTLED);
        let (mut heard, mut more) = (Vec::new(), true);
        let mut poll = time::interval(POLL);
        poll.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let takes = more && self.out.len() + BATCH <= UNSETTLED;
            tokio::select! {
                // In this order: stopping, then what makes room, and only then more events.
                biased;
                () = stop.cancelled() => break,
                _ = settlements.recv_many(&mut heard, UNSETTLED) => self.obey(&mut heard).await,
                () = std::future::ready(()), if takes => {
                    let batch = self.take(&settled).await;
                    more = batch.len() == BATCH;
                    if !batch.is_empty() && batches.send(batch).await.is_err() {
                        break;
                    }
                }
                () = self.context.db.signals().heard(Signal::Outbox) => more = true,
                _ = poll.tick() => more = true,
            }
        }
        drop((settled, batches));
        while settlements.recv_many(&mut heard, UNSETTLED).await > 0 {
            self.obey(&mut heard).await;
        }
    }

    async fn take(&mut self, settled: &mpsc::Sender<TaggedSettlement>) -> Vec<Arrival> {
        let now = self.context.clock.now();
        match events::claim_outbox(&self.context.db, now, now + LEASE, BATCH as i64).await {
            Ok(rows) => {
                self.context.health.well(WorkerPart::Outbox);
                rows.into_iter()
                    .map(|row| self.arrival(row, settled))
                    .collect()
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; trying again");
                self.context
                    .health
                    .ill(WorkerPart::Outbox, error.to_string());
                Vec::new()
            }
        }
    }

    fn arrival(&mut self, row: EventRow, settled: &mpsc::Sender<TaggedSettlement>) -> Arrival {
        self.next_tag += 1;
        self.out.insert(self.next_tag, row.id);
        let receipt = Receipt::new(self.next_tag, settled.clone());
        Arrival {
            event: row.into_event(),
            origin: Origin::Own,
            redelivered: false,
            receipt,
        }
    }

    /// Recording an event took it out of the outbox already; what is released goes back, and what
    /// can never be recorded leaves it.
    async fn obey(&mut self, heard: &mut Vec<TaggedSettlement>) {
        let (mut back, mut out) = (Vec::new(), Vec::new());
        for (tag, settlement) in mem::take(heard) {
            let id = self.out.remove(&tag);
            match settlement {
                Settlement::Ack => {}
                Settlement::Release => back.extend(id),
                Settlement::Refuse(_) => out.extend(id),
            }
        }
        if let Err(error) = self.move_out(back, out).await {
            tracing::warn!(%error, "events could not be moved; they come again when their lease ends");
        }
    }

    async fn move_out(&self, back: Vec<EventId>, out: Vec<EventId>) -> Result<()> {
        let db = &self.context.db;
        if !back.is_empty() {
            events::move_outbox(db, back, Some(self.context.clock.now())).await?;
        }
        if !out.is_empty() {
            events::move_outbox(db, out, None).await?;
        }
        Ok(())
    }
}

//! The source of the embedded profile: the outbox table itself.

use std::{collections::HashMap, mem, time::Duration};

use chrono::TimeDelta;
use domain::{Clock, id::EventId};
use storage::{
    Db, Result, Signal,
    events::{self, EventRow},
};
use tokio::{sync::mpsc, time};
use tokio_util::sync::CancellationToken;

use crate::{
    health::{Health, Part},
    source::arrival::{Arrival, Origin, Receipt, Verdict},
};

const BATCH: usize = 256;
/// Most events that are out and not settled: what bounds the memory of everything behind.
const UNSETTLED: usize = 1024;
/// How long an event that was taken is ours; it takes a second or so to settle it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
const POLL: Duration = Duration::from_millis(500);

/// Hands over what waits in the outbox.
pub(crate) struct Outbox {
    db: Db,
    clock: Clock,
    health: Health,
    out: HashMap<u64, EventId>,
    next_tag: u64,
}

impl Outbox {
    pub(crate) fn new(db: Db, clock: Clock, health: Health) -> Self {
        Self {
            db,
            clock,
            health,
            out: HashMap::new(),
            next_tag: 0,
        }
    }

    /// Hands over until told to stop; ends when everything that is out is settled.
    pub(crate) async fn run(
        mut self,
        batches: mpsc::Sender<Vec<Arrival>>,
        stop: CancellationToken,
    ) {
        let (settled, mut verdicts) = mpsc::unbounded_channel();
        let (mut heard, mut more) = (Vec::new(), true);
        let mut poll = time::interval(POLL);
        poll.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let takes = more && self.out.len() + BATCH <= UNSETTLED;
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = verdicts.recv_many(&mut heard, UNSETTLED) => self.obey(&mut heard).await,
                () = std::future::ready(()), if takes => {
                    let batch = self.take(&settled).await;
                    more = batch.len() == BATCH;
                    if !batch.is_empty() && batches.send(batch).await.is_err() {
                        break;
                    }
                }
                () = self.db.signals().heard(Signal::Outbox) => more = true,
                _ = poll.tick() => more = true,
            }
        }
        drop((settled, batches));
        while verdicts.recv_many(&mut heard, UNSETTLED).await > 0 {
            self.obey(&mut heard).await;
        }
    }

    async fn take(&mut self, settled: &mpsc::UnboundedSender<(u64, Verdict)>) -> Vec<Arrival> {
        let now = self.clock.now();
        match events::claim_outbox(&self.db, now, now + LEASE, BATCH as i64).await {
            Ok(rows) => {
                self.health.well(Part::Outbox);
                rows.into_iter()
                    .map(|row| self.arrival(row, settled))
                    .collect()
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read; trying again");
                self.health.ill(Part::Outbox, error.to_string());
                Vec::new()
            }
        }
    }

    fn arrival(
        &mut self,
        row: EventRow,
        settled: &mpsc::UnboundedSender<(u64, Verdict)>,
    ) -> Arrival {
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

    /// Recording an event took it out of the outbox already; what is released goes back.
    async fn obey(&mut self, heard: &mut Vec<(u64, Verdict)>) {
        let mut back = Vec::new();
        for (tag, verdict) in mem::take(heard) {
            let id = self.out.remove(&tag);
            back.extend(id.filter(|_| verdict == Verdict::Release));
        }
        if !back.is_empty()
            && let Err(error) = self.give_back(back).await
        {
            tracing::warn!(%error, "events could not be given back; they come again when their lease ends");
        }
    }

    async fn give_back(&self, ids: Vec<EventId>) -> Result<()> {
        events::move_outbox(&self.db, ids, Some(self.clock.now())).await
    }
}

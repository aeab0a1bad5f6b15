//! Recording: what happened is written in groups, one transaction for each, by one task.

use std::{mem, time::Duration};

use storage::results;
use tokio::{sync::mpsc, time};
use tokio_util::sync::CancellationToken;

use crate::{
    context::WorkerContext,
    deliver::{disable, due_bell::DueBell, entry::RecordEntry, receipts::UnderWay},
    health::WorkerPart,
};

const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The recording task.
pub(crate) struct Recording {
    pub(crate) context: WorkerContext,
    pub(crate) under_way: UnderWay,
    /// A group is written when it has this many rows, or this long after its first.
    pub(crate) rows: usize,
    pub(crate) wait: Duration,
    /// Where this worker counts, apart from the others.
    pub(crate) shard: i32,
    /// Rung when rows are left that are due at once.
    pub(crate) due: DueBell,
    /// Stop trying, whatever is left.
    pub(crate) give_up: CancellationToken,
}

impl Recording {
    /// Writes groups until all senders are gone.
    pub(crate) async fn run(self, mut entries: mpsc::Receiver<RecordEntry>) {
        self.context.health.well(WorkerPart::Recorder);
        while let Some(mut group) = self.gather(&mut entries).await {
            let ended = mem::take(&mut group.ended).into_iter();
            group.group.outcomes = ended.map(|ended| ended.counted(self.shard)).collect();
            tokio::select! {
                () = self.write(&group) => self.follow_up(group).await,
                () = self.give_up.cancelled() => return,
            }
        }
    }

    /// Tries until it is written: nothing is dropped for a database that is away.
    async fn write(&self, entry: &RecordEntry) {
        let mut pause = PAUSE;
        while let Err(error) =
            results::record(&self.context.db, &entry.group, self.context.clock.now()).await
        {
            tracing::warn!(%error, rows = entry.group.len(), "results cannot be written; trying again");
            self.context
                .health
                .ill(WorkerPart::Recorder, error.to_string());
            time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.context.health.well(WorkerPart::Recorder);
    }

    async fn follow_up(&self, entry: RecordEntry) {
        self.under_way.acknowledge(&entry.settles);
        if entry.leaves_due(self.context.clock.now()) {
            self.due.ring();
        }
        for feed in entry.gone {
            // When it fails the feed stays enabled; its next delivery finds the receiver gone
            // again.
            if let Err(error) =
                disable::receiver_gone(&self.context.db, feed, self.context.clock.now()).await
            {
                tracing::warn!(%error, feed_id = %feed, "a feed whose receiver is gone could not be disabled");
            }
        }
    }

    /// The next group; `None` when there will be none.
    async fn gather(&self, entries: &mut mpsc::Receiver<RecordEntry>) -> Option<RecordEntry> {
        let mut group = RecordEntry::default();
        let mut batch = Vec::new();
        let mut until = None;
        while group.group.len() < self.rows {
            let more = entries.recv_many(&mut batch, self.rows);
            let count = match until {
                None => more.await,
                Some(until) => match time::timeout_at(until, more).await {
                    Ok(count) => count,
                    Err(_) => break,
                },
            };
            if count == 0 {
                break;
            }
            until.get_or_insert_with(|| time::Instant::now() + self.wait);
            mem::take(&mut batch)
                .into_iter()
                .for_each(|entry| group.absorb(entry));
        }
        until.map(|_| group)
    }
}

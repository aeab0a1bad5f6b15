//! Recording: what happened is written in groups, one transaction for each, by one task.

use std::{mem, panic::AssertUnwindSafe, time::Duration};

use domain::id::DeliveryId;
use futures_util::FutureExt;
use storage::{
    Error, Result,
    results::{self, RecordedGroup, ResultGroup},
};
use tokio::{sync::mpsc, time};
use tokio_util::sync::CancellationToken;

use crate::{
    context::WorkerContext,
    deliver::{
        disable, due_bell::DueBell, entry::RecordEntry, outcome::EndedAttempt, receipts::UnderWay,
        record_group::RecordGroup, set_aside::reduced,
    },
    health::WorkerPart,
    source::arrival::Refusal,
};

const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The recording task.
pub(crate) struct Recording {
    pub(crate) context: WorkerContext,
    pub(crate) under_way: UnderWay,
    /// A group is written when it has this many rows, or this long after its first.
    pub(crate) rows: usize,
    pub(crate) patience: Duration,
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
        while let Some(group) = self.gather(&mut entries).await {
            tokio::select! {
                () = self.write(group) => {}
                () = self.give_up.cancelled() => return,
            }
        }
    }

    /// Writes a group. If the database refuses it for good, it is halved until what is to blame
    /// stands alone: its neighbours are written all the same.
    async fn write(&self, group: RecordGroup) {
        let mut parts = vec![group];
        while let Some(mut group) = parts.pop() {
            match self.insist(&mut group.all).await {
                Ok(recorded) => self.follow_up(group.all, recorded).await,
                Err(error) => match group.halves() {
                    Ok((first, second)) => parts.extend([second, first]),
                    Err(alone) => self.set_aside(*alone, error).await,
                },
            }
        }
    }

    /// Tries for as long as waiting can help: nothing is dropped for a database that is away.
    async fn insist(&self, entry: &mut RecordEntry) -> Result<RecordedGroup> {
        let ended = entry.ended.iter();
        entry.group.outcomes = ended.map(|ended| ended.counted(self.shard)).collect();
        let mut pause = PAUSE;
        loop {
            let error = match self.try_to_write(&entry.group).await {
                Ok(recorded) => {
                    self.context.health.well(WorkerPart::Recorder);
                    return Ok(recorded);
                }
                Err(error) if !error.is_transient() => return Err(error),
                Err(error) => error,
            };
            self.wait(&error, &mut pause).await;
        }
    }

    async fn wait(&self, error: &Error, pause: &mut Duration) {
        tracing::warn!(%error, "results cannot be written; trying again");
        self.context
            .health
            .ill(WorkerPart::Recorder, error.to_string());
        time::sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
    }

    async fn try_to_write(&self, group: &ResultGroup) -> Result<RecordedGroup> {
        let writing = results::record(&self.context.db, group, self.context.clock.now());
        let written = AssertUnwindSafe(writing).catch_unwind().await;
        written.unwrap_or_else(|_| Err(Error::Internal("writing it panicked".into())))
    }

    /// Writes as much as the database takes of an entry that it refuses; if it takes nothing, the
    /// event goes back to its source as refused.
    async fn set_aside(&self, mut entry: RecordEntry, error: Error) {
        let mut pause = PAUSE;
        loop {
            if let Some((smaller, recorded)) = self.write_less(&entry.group).await {
                let deliveries: Vec<_> = ids(&smaller).collect();
                tracing::error!(%error, ?deliveries, "the database refuses what came of a delivery; it is recorded without its content");
                entry.group = smaller;
                return self.follow_up(entry, recorded).await;
            }
            // If nothing at all can be written, it is not to blame.
            match results::probe(&self.context.db).await {
                Ok(()) => return self.refuse(entry, &error),
                Err(error) => self.wait(&error, &mut pause).await,
            }
        }
    }

    async fn write_less(&self, group: &ResultGroup) -> Option<(ResultGroup, RecordedGroup)> {
        for smaller in reduced(group, self.context.clock.now()) {
            if let Ok(recorded) = self.try_to_write(&smaller).await {
                return Some((smaller, recorded));
            }
        }
        None
    }

    fn refuse(&self, mut entry: RecordEntry, error: &Error) {
        let deliveries: Vec<_> = ids(&entry.group).collect();
        let events = (
            &entry.group.routed_events,
            entry
                .group
                .new_events
                .iter()
                .map(|event| event.id)
                .collect::<Vec<_>>(),
        );
        tracing::error!(%error, ?events, ?deliveries, "the database refuses an event or a result; it is set aside");
        let refusal = Refusal {
            reason: format!("unrecordable: {error}"),
            event: entry.group.new_events.pop().map(|row| row.into_event()),
        };
        self.under_way.refuse(&entry.settles, refusal);
    }

    async fn follow_up(&self, entry: RecordEntry, recorded: RecordedGroup) {
        self.under_way.acknowledge(&entry.settles);
        if entry.leaves_due(self.context.clock.now()) {
            self.due.ring();
        }
        let failed = |ended: &&EndedAttempt| {
            ended.is_last && !ended.succeeded && !recorded.lost.contains(&ended.delivery)
        };
        for ended in entry.ended.iter().filter(failed) {
            let reason = reason(&entry.group, ended).unwrap_or_default();
            tracing::warn!(feed_id = %ended.feed, delivery_id = %ended.delivery, reason, "a delivery failed for good");
        }
        for feed in entry.gone {
            // When it fails the feed stays enabled; its next delivery finds the receiver gone
            // again.
            if let Err(error) =
                disable::receiver_gone(&self.context.db, feed, self.context.clock.now()).await
            {
                tracing::warn!(%error, feed_id = %feed.id, "a feed whose receiver is gone could not be disabled");
            }
        }
    }

    /// The next group; `None` when there will be none.
    async fn gather(&self, entries: &mut mpsc::Receiver<RecordEntry>) -> Option<RecordGroup> {
        let mut group = RecordGroup::default();
        let mut batch = Vec::new();
        let mut until = None;
        while group.all.group.len() < self.rows {
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
            until.get_or_insert_with(|| time::Instant::now() + self.patience);
            mem::take(&mut batch)
                .into_iter()
                .for_each(|entry| group.push(entry));
        }
        until.map(|_| group)
    }
}

/// The deliveries of a group.
fn ids(group: &ResultGroup) -> impl Iterator<Item = DeliveryId> {
    let new = group.new_deliveries.iter().map(|row| row.id);
    new.chain(group.results.iter().map(|result| result.id))
}

fn reason<'a>(group: &'a ResultGroup, ended: &EndedAttempt) -> Option<&'a str> {
    let mut results = group.results.iter();
    let mut new = group.new_deliveries.iter();
    let late = results.find(|result| result.id == ended.delivery);
    match late {
        Some(result) => result.state_reason.as_deref(),
        None => new
            .find(|row| row.id == ended.delivery)?
            .state_reason
            .as_deref(),
    }
}

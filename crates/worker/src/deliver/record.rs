//! Recording: what happened is written in groups, one transaction for each, by one task.

use std::{mem, sync::Arc, time::Duration};

use domain::{Clock, Instant, id::FeedId};
use storage::{
    Db,
    results::{self, ResultGroup},
};
use tokio::{
    sync::{Notify, mpsc},
    time,
};
use tokio_util::sync::CancellationToken;

use crate::{
    deliver::{
        disable,
        settle::{UnderWay, Unsettled},
        task::{Ended, Outcome},
    },
    health::{Health, Part},
};

const ENTRIES: usize = 1024;
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What belongs into one transaction.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) group: ResultGroup,
    /// Feeds whose receiver is gone.
    pub(crate) gone: Vec<FeedId>,
    /// How attempts ended.
    pub(crate) ended: Vec<Ended>,
    /// The events that are settled with it.
    pub(crate) settles: Vec<Arc<Unsettled>>,
}

impl Entry {
    /// A result whose delivery has a row.
    pub(crate) fn late(outcome: Outcome) -> Self {
        let new_events = outcome.notice.into_iter().collect();
        let group = ResultGroup {
            results: vec![outcome.result],
            new_events,
            ..ResultGroup::default()
        };
        Self {
            group,
            gone: outcome.gone.into_iter().collect(),
            ended: outcome.counts.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Settles the event when this is recorded.
    pub(crate) fn settling(mut self, event: Arc<Unsettled>) -> Self {
        self.settles.push(event);
        self
    }

    fn absorb(&mut self, other: Entry) {
        self.group.new_events.extend(other.group.new_events);
        self.group.routed_events.extend(other.group.routed_events);
        self.group.new_deliveries.extend(other.group.new_deliveries);
        self.group.results.extend(other.group.results);
        self.gone.extend(other.gone);
        self.ended.extend(other.ended);
        self.group.ends_trials |= other.group.ends_trials;
        self.settles.extend(other.settles);
    }

    /// Whether it leaves something that can be taken at once.
    fn leaves_due(&self, now: Instant) -> bool {
        let due = |due_at: Option<Instant>| due_at.is_some_and(|due_at| due_at <= now);
        self.group.new_deliveries.iter().any(|row| due(row.due_at))
            || self.group.results.iter().any(|result| due(result.due_at))
    }
}

/// Where entries go in. Cheap to clone; the recorder ends when all clones are gone.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<Entry>);

/// Room for one entry.
pub(crate) struct Permit<'a>(Option<mpsc::Permit<'a, Entry>>);

impl Recorder {
    /// Waits for room. While the database is away, everything waits here.
    pub(crate) async fn reserve(&self) -> Permit<'_> {
        Permit(self.0.reserve().await.ok())
    }
}

impl Permit<'_> {
    /// Puts an entry in. When the recorder has ended, which it only does when it is given up, the
    /// entry is dropped; its receipts are released with it, and its leases run out.
    pub(crate) fn enter(self, entry: Entry) {
        if let Some(permit) = self.0 {
            permit.send(entry);
        }
    }
}

/// The recording task.
pub(crate) struct Recording {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) health: Health,
    pub(crate) under_way: UnderWay,
    /// A group is written when it has this many rows, or this long after its first.
    pub(crate) rows: usize,
    pub(crate) wait: Duration,
    /// Where this worker counts, apart from the others.
    pub(crate) shard: i32,
    /// Rung when rows are left that are due at once.
    pub(crate) due: Arc<Notify>,
    /// Stop trying, whatever is left.
    pub(crate) give_up: CancellationToken,
}

/// The way into a recorder, and what it reads.
pub(crate) fn channel() -> (Recorder, mpsc::Receiver<Entry>) {
    let (sender, entries) = mpsc::channel(ENTRIES);
    (Recorder(sender), entries)
}

impl Recording {
    /// Writes groups until all senders are gone.
    pub(crate) async fn run(self, mut entries: mpsc::Receiver<Entry>) {
        self.health.well(Part::Recorder);
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
    async fn write(&self, entry: &Entry) {
        let mut pause = PAUSE;
        while let Err(error) = results::record(&self.db, &entry.group, self.clock.now()).await {
            tracing::warn!(%error, rows = entry.group.len(), "results cannot be written; trying again");
            self.health.ill(Part::Recorder, error.to_string());
            time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.health.well(Part::Recorder);
    }

    async fn follow_up(&self, entry: Entry) {
        self.under_way.acknowledge(&entry.settles);
        if entry.leaves_due(self.clock.now()) {
            self.due.notify_one();
        }
        for feed in entry.gone {
            // When it fails the feed stays enabled; its next delivery finds the receiver gone
            // again.
            if let Err(error) = disable::receiver_gone(&self.db, feed, self.clock.now()).await {
                tracing::warn!(%error, feed_id = %feed, "a feed whose receiver is gone could not be disabled");
            }
        }
    }

    /// The next group; `None` when there will be none.
    async fn gather(&self, entries: &mut mpsc::Receiver<Entry>) -> Option<Entry> {
        let mut group = Entry::default();
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

//! The enabled feeds, in memory. Routing never asks the database for the feeds of an event.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{feed::listens, id::FeedId, vault::Vault};
use storage::{Db, Result, Signal, feeds};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    deliver::{compiled_feed::CompiledFeed, lane::Lane},
    health::{Health, Part},
};

/// A change that rings no bell here is seen after this time.
const POLL: Duration = Duration::from_secs(1);

/// The current snapshot. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feeds {
    db: Db,
    vault: Vault,
    current: Arc<RwLock<Arc<Snapshot>>>,
    /// One refresh at a time, so that an older one cannot replace a newer.
    refreshing: Arc<Mutex<()>>,
}

/// The enabled feeds at one moment, by what they listen to.
#[derive(Default)]
pub(crate) struct Snapshot {
    revision: Option<i64>,
    /// [`storage::Signals::feed_changes`] before it was read.
    changes: u64,
    lanes: HashMap<FeedId, Arc<Lane>>,
    by_kind: HashMap<String, Vec<Arc<Lane>>>,
    by_pattern: Vec<(String, Arc<Lane>)>,
}

impl Snapshot {
    /// The lanes of the feeds that listen to this event type, each once.
    pub(crate) fn listeners<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Arc<Lane>> {
        let exact = self.by_kind.get(kind).into_iter().flatten();
        let wide = self
            .by_pattern
            .iter()
            .filter(move |(pattern, _)| listens(pattern, kind))
            .map(|(_, lane)| lane);
        exact.chain(wide)
    }

    pub(crate) fn lane(&self, feed: FeedId) -> Option<&Arc<Lane>> {
        self.lanes.get(&feed)
    }

    fn add(&mut self, plan: &CompiledFeed, lane: &Arc<Lane>) {
        self.lanes.insert(plan.id, lane.clone());
        for event in needed(&plan.events) {
            if event.ends_with('*') {
                self.by_pattern.push((event.clone(), lane.clone()));
            } else {
                self.by_kind
                    .entry(event.clone())
                    .or_default()
                    .push(lane.clone());
            }
        }
    }
}

/// A feed's events without those that another of them covers, so that no event matches twice.
fn needed(events: &[String]) -> impl Iterator<Item = &String> {
    let covered = |i: usize, event: &String| {
        events
            .iter()
            .enumerate()
            .any(|(j, other)| i != j && listens(other, event) && (other != event || j < i))
    };
    events
        .iter()
        .enumerate()
        .filter(move |(i, event)| !covered(*i, event))
        .map(|(_, event)| event)
}

impl Feeds {
    pub(crate) fn new(db: Db, vault: Vault) -> Self {
        Self {
            db,
            vault,
            current: Arc::default(),
            refreshing: Arc::default(),
        }
    }

    pub(crate) fn current(&self) -> Arc<Snapshot> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The snapshot for events that have arrived: it has every feed whose owner was told that it is
    /// saved before they came. Embedded, this process made every change and counted it. With
    /// PostgreSQL another one may have: then the revision is read, once for a batch of events.
    pub(crate) async fn for_batch(&self) -> Arc<Snapshot> {
        let counted = self.db.signals().rings(Signal::Feeds) == self.current().changes;
        if !(counted && self.db.is_embedded())
            && let Err(error) = self.refresh().await
        {
            tracing::warn!(%error, "the feeds cannot be read; routing with what is known");
        }
        self.current()
    }

    /// Reads the feeds when they changed.
    ///
    /// # Errors
    /// [`storage::Error`] of the database; then the snapshot stays as it was.
    pub(crate) async fn refresh(&self) -> Result<()> {
        let _alone = self.refreshing.lock().await;
        let changes = self.db.signals().rings(Signal::Feeds);
        let mut conn = self.db.read().await?;
        // Read before the feeds: a change in between is seen next time.
        let revision = feeds::revision(&mut conn).await?;
        let old = self.current();
        if old.revision == Some(revision) && old.changes == changes {
            return Ok(());
        }
        let rows = feeds::enabled(&mut conn).await?;
        let mut new = Snapshot {
            revision: Some(revision),
            changes,
            ..Snapshot::default()
        };
        for feed in &rows {
            match old.lane(feed.id).map(|lane| (lane, lane.plan())) {
                Some((lane, Some(plan))) if plan.version == feed.version => new.add(&plan, lane),
                known => {
                    let plan = Arc::new(CompiledFeed::of(feed, &self.vault));
                    let lane =
                        known.map_or_else(|| Lane::new(plan.clone()), |(lane, _)| lane.clone());
                    lane.follow(plan.clone());
                    new.add(&plan, &lane);
                }
            }
        }
        old.lanes
            .iter()
            .filter(|(id, _)| !new.lanes.contains_key(*id))
            .for_each(|(_, lane)| lane.close());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    /// Keeps the snapshot current until told to stop.
    pub(crate) async fn follow(self, health: Health, stop: CancellationToken) {
        loop {
            match self.refresh().await {
                Ok(()) => health.well(Part::Feeds),
                Err(error) => {
                    tracing::warn!(%error, "the feeds cannot be read; going on with what is known");
                    health.ill(Part::Feeds, error.to_string());
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.db.signals().heard(Signal::Feeds) => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_matches_a_feed_once() {
        for (events, kept) in [
            (vec!["order.paid", "order.*"], vec!["order.*"]),
            (vec!["*", "order.*", "user.created"], vec!["*"]),
            (vec!["order.paid", "order.paid"], vec!["order.paid"]),
            (vec!["a.*", "a.b.*", "c"], vec!["a.*", "c"]),
        ] {
            let events: Vec<_> = events.into_iter().map(str::to_owned).collect();
            assert_eq!(needed(&events).collect::<Vec<_>>(), kept);
        }
    }
}

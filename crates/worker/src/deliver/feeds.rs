//! The enabled feeds and their lanes, in memory. Routing never asks the database for the feeds of
//! an event.

pub(crate) mod snapshot;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::vault::Vault;
use snapshot::FeedsSnapshot;
use storage::{Conn, Db, Followed, Result, Revision, Signal, feeds};

use crate::{
    context::WorkerContext,
    deliver::{compiled_feed::CompiledFeed, lane::Lane},
    health::WorkerPart,
};

/// A change that rings no bell here is seen after this time.
const POLL: Duration = Duration::from_secs(1);

/// The current snapshot. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feeds {
    db: Db,
    vault: Vault,
    followed: Followed<FeedsSnapshot>,
    /// How many changes of this process (rings of [`Signal::Feeds`]) the snapshot has for
    /// certain.
    seen: Arc<AtomicU64>,
}

impl Feeds {
    pub(crate) fn new(db: Db, vault: Vault) -> Self {
        Self {
            db,
            vault,
            followed: Followed::new(Revision::Feeds),
            seen: Arc::default(),
        }
    }

    pub(crate) fn current(&self) -> Arc<FeedsSnapshot> {
        self.followed.last()
    }

    /// The snapshot for events that have arrived: it has every feed whose owner was told that it is
    /// saved before they came. Embedded, this process made every change and counted it. With
    /// PostgreSQL another one may have: then the revision is read, once for a batch of events.
    pub(crate) async fn for_batch(&self) -> Result<Arc<FeedsSnapshot>> {
        let has_own_changes =
            self.db.signals().rings(Signal::Feeds) == self.seen.load(Ordering::Acquire);
        if !(has_own_changes && self.db.is_embedded()) {
            self.refresh().await?;
        }
        Ok(self.current())
    }

    /// Reads the feeds if they changed. When that fails, the snapshot stays as it was.
    pub(crate) async fn refresh(&self) -> Result<()> {
        // Counted before the revision is read: each of these changes is in what is read then.
        let changes = self.db.signals().rings(Signal::Feeds);
        let mut conn = self.db.read().await?;
        self.followed
            .now(&mut conn, async |conn: &mut Conn, old: &FeedsSnapshot| {
                self.read(conn, old).await
            })
            .await?;
        self.seen.fetch_max(changes, Ordering::AcqRel);
        Ok(())
    }

    /// A lane outlives the changes of its feed, with what it has under way; one whose feed is not
    /// enabled any more is closed.
    async fn read(&self, conn: &mut Conn, old: &FeedsSnapshot) -> Result<FeedsSnapshot> {
        let mut new = FeedsSnapshot::default();
        for feed in &feeds::enabled(conn).await? {
            match old.lane(feed.id).map(|lane| (lane, lane.feed())) {
                Some((lane, Some(known))) if known.version == feed.version => new.add(&known, lane),
                known => {
                    let compiled = Arc::new(CompiledFeed::of(feed, &self.vault));
                    match known {
                        Some((lane, _)) => {
                            lane.follow(compiled.clone());
                            new.add(&compiled, lane);
                        }
                        None => new.add(&compiled, &Lane::new(compiled.clone())),
                    }
                }
            }
        }
        old.gone_from(&new).for_each(|lane| lane.close());
        Ok(new)
    }

    /// Keeps the snapshot current until told to stop.
    pub(crate) async fn follow(self, context: WorkerContext) {
        loop {
            match self.refresh().await {
                Ok(()) => context.health.well(WorkerPart::Feeds),
                Err(error) => {
                    tracing::warn!(%error, "the feeds cannot be read; the last known ones are used");
                    context.health.ill(WorkerPart::Feeds, error.to_string());
                }
            }
            tokio::select! {
                () = context.stop.cancelled() => return,
                () = self.db.signals().heard(Signal::Feeds) => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

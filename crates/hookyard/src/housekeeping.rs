//! What the API's process clears away by itself.

use std::time::Duration;

use domain::Clock;
use storage::{Db, feed_activity, idempotency};

const EVERY: Duration = Duration::from_secs(600);

/// Drops stored answers whose `Idempotency-Key` expired, and counters of feeds that nothing asks for any more; runs until it is
/// aborted.
pub(crate) async fn run(db: Db, clock: Clock) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        let keys = async { idempotency::prune(&mut db.write().await?, clock.now()).await };
        report("expired idempotency keys", keys.await);
        let counters = async { feed_activity::prune(&mut db.write().await?, clock.now()).await };
        report("old counters of feeds", counters.await);
    }
}

fn report(what: &str, pruned: storage::Result<usize>) {
    match pruned {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(rows, "{what} are dropped"),
        Err(error) => tracing::warn!(%error, "{what} could not be dropped; the next turn tries again"),
    }
}

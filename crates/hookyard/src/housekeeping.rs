//! What the API's process clears away by itself.

use std::time::Duration;

use domain::Clock;
use storage::{Db, idempotency};

const EVERY: Duration = Duration::from_secs(600);

/// Drops stored answers whose `Idempotency-Key` expired; runs until it is aborted.
pub(crate) async fn run(db: Db, clock: Clock) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        let pruned = async { idempotency::prune(&mut db.write().await?, clock.now()).await };
        match pruned.await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired idempotency keys are dropped"),
            Err(error) => tracing::warn!(%error, "expired idempotency keys could not be dropped; the next turn tries again"),
        }
    }
}

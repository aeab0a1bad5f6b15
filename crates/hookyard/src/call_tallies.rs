//! Counts calls into the tallies of their incoming webhooks little by little, so that reading a
//! tally stays cheap.

use std::time::Duration;

use storage::{Db, call_tallies};

const EVERY: Duration = Duration::from_secs(5);

/// Counts every few seconds until it is aborted.
pub(crate) async fn run(db: Db) {
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if let Err(error) = call_tallies::roll_up(&db).await {
            tracing::warn!(%error, "calls could not be counted into their tallies; the next turn tries again");
        }
    }
}

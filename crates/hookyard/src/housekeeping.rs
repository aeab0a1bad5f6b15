//! Removes what is too old, regularly in the process of the API and at once by `hookyard prune`; in
//! small bites, so that nobody waits behind it.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Clock, Instant, settings::Days};
use futures_util::future::{BoxFuture, FutureExt};
use storage::{Conn, Db, calls, feed_activity, idempotency, mails, password_tokens};

use crate::config::RetentionSettings;

const EVERY: Duration = Duration::from_secs(600);
/// Rows that one statement removes.
const BITE: i64 = 500;

/// What was removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    pub calls: usize,
    pub mails: usize,
    pub password_tokens: usize,
    pub idempotency_keys: usize,
    /// Hourly counters of feeds that are too old to be asked for.
    pub feed_counters: usize,
}

/// Sweeps every few minutes until it is aborted.
pub(crate) async fn run(db: Db, clock: Clock, retention: RetentionSettings) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        match sweep(&db, clock.now(), retention).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "removed what was old enough"),
            Err(error) => {
                tracing::warn!(%error, "cannot remove what is old; the next turn tries again")
            }
        }
    }
}

/// Removes what may not be kept any longer.
pub(crate) async fn sweep(
    db: &Db,
    now: Instant,
    retention: RetentionSettings,
) -> storage::Result<Swept> {
    let before = |days: Days| now - TimeDelta::days(days.0.into());
    let (calls_before, mails_before) = (before(retention.calls_days), before(retention.mails_days));
    Ok(Swept {
        calls: bites(db, calls_before, |conn, before| {
            calls::prune(conn, before, BITE).boxed()
        })
        .await?,
        mails: bites(db, mails_before, |conn, before| {
            mails::prune(conn, before, BITE).boxed()
        })
        .await?,
        password_tokens: bites(db, now, |conn, now| {
            password_tokens::prune(conn, now, BITE).boxed()
        })
        .await?,
        idempotency_keys: bites(db, now, |conn, now| {
            idempotency::prune(conn, now, BITE).boxed()
        })
        .await?,
        feed_counters: feed_activity::prune(&mut db.write().await?, now).await?,
    })
}

/// Removes up to [`BITE`] rows that are older than an instant.
type Bite = for<'a> fn(&'a mut Conn, Instant) -> BoxFuture<'a, storage::Result<usize>>;

async fn bites(db: &Db, before: Instant, bite: Bite) -> storage::Result<usize> {
    let mut all = 0;
    loop {
        let rows = bite(&mut db.write().await?, before).await?;
        all += rows;
        if (rows as i64) < BITE {
            return Ok(all);
        }
    }
}

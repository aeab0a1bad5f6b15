//! What is cleared away, by the API's process from time to time and by `hookyard prune` at once: in
//! small bites, so that nobody waits behind it.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Clock, Instant};
use futures_util::future::{BoxFuture, FutureExt};
use storage::{Conn, Db, calls, feed_activity, idempotency, mails, password_tokens};

use crate::config::Retention;

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
    /// Hourly counters of feeds that nothing asks for any more.
    pub feed_counters: usize,
}

/// Sweeps again and again; runs until it is aborted.
pub(crate) async fn run(db: Db, clock: Clock, retention: Retention) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        match sweep(&db, clock.now(), retention).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "what was old enough is removed"),
            Err(error) => {
                tracing::warn!(%error, "what is old cannot be removed; the next turn tries again")
            }
        }
    }
}

/// Removes what is older than it may be.
pub(crate) async fn sweep(db: &Db, now: Instant, retention: Retention) -> storage::Result<Swept> {
    let before = |days: u32| now - TimeDelta::days(days.into());
    let (calls_before, mails_before) = (
        before(retention.calls_days.get()),
        before(retention.mails_days.get()),
    );
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

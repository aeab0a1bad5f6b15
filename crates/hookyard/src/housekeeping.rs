//! What is cleared away, by the API's process from time to time and by `hookyard prune` at once: in small bites, so that nobody
//! waits behind it.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Clock, Instant};
use storage::{Conn, Db, calls, idempotency, mails, password_tokens};

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
}

/// Sweeps again and again; runs until it is aborted.
pub(crate) async fn run(db: Db, clock: Clock, retention: Retention) {
    let mut turns = tokio::time::interval(EVERY);
    loop {
        turns.tick().await;
        match sweep(&db, clock.now(), retention).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "what was old enough is removed"),
            Err(error) => tracing::warn!(%error, "what is old cannot be removed; the next turn tries again"),
        }
    }
}

/// Removes what is older than it may be.
pub(crate) async fn sweep(db: &Db, now: Instant, retention: Retention) -> storage::Result<Swept> {
    let before = |days: u32| now - TimeDelta::days(days.into());
    let (calls_before, mails_before) = (before(retention.calls_days.get()), before(retention.mails_days.get()));
    Ok(Swept {
        calls: bites(db, async |conn| calls::prune(conn, calls_before, BITE).await).await?,
        mails: bites(db, async |conn| mails::prune(conn, mails_before, BITE).await).await?,
        password_tokens: bites(db, async |conn| password_tokens::prune(conn, now, BITE).await).await?,
        idempotency_keys: bites(db, async |conn| idempotency::prune(conn, now, BITE).await).await?,
    })
}

async fn bites(db: &Db, bite: impl AsyncFn(&mut Conn) -> storage::Result<usize>) -> storage::Result<usize> {
    let mut all = 0;
    loop {
        let rows = bite(&mut db.write().await?).await?;
        all += rows;
        if (rows as i64) < BITE {
            return Ok(all);
        }
    }
}

//! Carries [signals](crate::Signals) between processes over PostgreSQL's LISTEN/NOTIFY. Rings are
//! merged: many commits within the time of one NOTIFY make one, so that the bell costs throughput
//! nothing.

use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{DatabaseUrl, Db, Error, Link, Result, Signal, database::pools};

const CHANNEL: &str = "hookyard";
/// After so long without a ring the connection is probed, and given up without an answer.
const QUIET: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(5);

/// Runs until dropped; does nothing for SQLite, which one process has to itself.
pub async fn carry(db: Db) {
    if db.is_embedded() {
        return;
    }
    loop {
        if let Err(error) =
            tokio::select! { heard = listen(&db) => heard, told = tell(&db) => told }
        {
            tracing::debug!(%error, "the doorbell between processes is interrupted; polling goes on");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn tell(db: &Db) -> Result<()> {
    loop {
        for signal in db.signals().outgoing().await.iter() {
            let Link::Pg(c) = &mut db.write().await?.link else {
                return Ok(());
            };
            diesel::sql_query(format!("NOTIFY {CHANNEL}, '{}'", signal.name()))
                .execute(&mut **c)
                .await?;
        }
    }
}

async fn listen(db: &Db) -> Result<()> {
    // SQLite has one process, whose own signals are enough.
    let DatabaseUrl::Postgres(url) = db.url() else {
        return Ok(());
    };
    let mut conn: AsyncPgConnection = pools::establish(url.expose_secret())
        .await
        .map_err(|e| Error::Unavailable(e.to_string()))?;
    diesel::sql_query(format!("LISTEN {CHANNEL}"))
        .execute(&mut conn)
        .await?;
    // Whatever rang while nobody listened.
    Signal::ALL
        .into_iter()
        .for_each(|signal| db.signals().hear(signal));
    loop {
        let next = {
            let mut rings = std::pin::pin!(conn.notifications_stream());
            timeout(QUIET, rings.next()).await
        };
        match next {
            Ok(Some(notification)) => hear(db, &notification?.payload),
            Ok(None) => return Err(Error::Unavailable("the connection was closed".into())),
            Err(_) => probe(&mut conn).await?,
        }
    }
}

/// Another version may know other signals.
fn hear(db: &Db, payload: &str) {
    let mut all = Signal::ALL.into_iter();
    if let Some(signal) = all.find(|signal| signal.name() == payload) {
        db.signals().hear(signal);
    }
}

/// Who only listens would not notice that nobody is there any more.
async fn probe(conn: &mut AsyncPgConnection) -> Result<()> {
    match timeout(ANSWER, diesel::sql_query("SELECT 1").execute(conn)).await {
        Ok(answer) => Ok(answer.map(drop)?),
        Err(_) => Err(Error::Unavailable("PostgreSQL does not answer".into())),
    }
}

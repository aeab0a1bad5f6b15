//! Carries [signals](crate::Signals) between processes over PostgreSQL's LISTEN/NOTIFY. Rings are
//! merged: many commits within the time of one NOTIFY make one, so that the bell costs throughput
//! nothing.

use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;
use secrecy::ExposeSecret;

use crate::{DatabaseUrl, Db, Error, Link, Result, Signal, database::pools};

const CHANNEL: &str = "hookyard";

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
    let mut notifications = std::pin::pin!(conn.notifications_stream());
    while let Some(notification) = notifications.next().await {
        let payload = notification?.payload;
        let signal = Signal::ALL
            .into_iter()
            .find(|signal| signal.name() == payload);
        // Another version may know other signals.
        if let Some(signal) = signal {
            db.signals().hear(signal);
        }
    }
    Err(Error::Unavailable(
        "the listening connection was closed".into(),
    ))
}

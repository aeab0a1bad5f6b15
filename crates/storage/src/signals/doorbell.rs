//! Carries the bells of [`Signals`] between processes over PostgreSQL's LISTEN/NOTIFY. Rings are
//! merged: many commits within the time of one NOTIFY make one, so that the bell costs the hot path
//! nothing.

use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;

use super::signal::Signals;
use crate::{Conn, Db, Error, Result};

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
        let name = tokio::select! {
            () = db.signals().outbox_bell().outgoing.notified() => "outbox",
            () = db.signals().feeds_bell().outgoing.notified() => "feeds",
            () = db.signals().mails_bell().outgoing.notified() => "mails",
            () = db.signals().tests_bell().outgoing.notified() => "tests",
            () = db.signals().tested_bell().outgoing.notified() => "tested",
        };
        let mut conn = db.write().await?;
        let Conn::Pg(c) = &mut conn else {
            return Ok(());
        };
        diesel::sql_query(format!("NOTIFY {CHANNEL}, '{name}'"))
            .execute(&mut **c)
            .await?;
    }
}

async fn listen(db: &Db) -> Result<()> {
    let mut conn: AsyncPgConnection = crate::database::pools::establish(db.url())
        .await
        .map_err(|e| Error::Unavailable(e.to_string()))?;
    diesel::sql_query(format!("LISTEN {CHANNEL}"))
        .execute(&mut conn)
        .await?;
    // Whatever rang while nobody listened.
    ["outbox", "feeds", "mails", "tests", "tested"]
        .into_iter()
        .for_each(|name| hear(db.signals(), name));
    let mut notifications = std::pin::pin!(conn.notifications_stream());
    while let Some(notification) = notifications.next().await {
        hear(db.signals(), &notification?.payload);
    }
    Err(Error::Unavailable(
        "the listening connection was closed".into(),
    ))
}

fn hear(signals: &Signals, name: &str) {
    match name {
        "outbox" => signals.outbox_bell().hear(),
        "feeds" => signals.feeds_bell().hear(),
        "mails" => signals.mails_bell().hear(),
        "tests" => signals.tests_bell().hear(),
        "tested" => signals.tested_bell().hear(),
        _ => {}
    }
}

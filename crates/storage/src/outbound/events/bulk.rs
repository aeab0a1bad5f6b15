//! The statements of events that decide throughput.

mod pg;
mod sqlite;

pub(crate) use pg::{add as add_pg, mark_routed as mark_routed_pg};
pub(crate) use sqlite::{add_each as add_sqlite, mark_routed as mark_routed_sqlite};

use domain::{Instant, id::EventId};

use super::{EventRow, KnownEvent};
use crate::{
    Signal,
    database::{
        bulk::blocking,
        conn::{Conn, Db, Link},
        error::Result,
    },
};

/// Adds events; those whose id, or whose external id under their source, is known are left as they
/// are. Gives the ids that were added.
pub async fn insert(conn: &mut Conn, events: Vec<EventRow>) -> Result<Vec<EventId>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let waits = events.iter().any(|event| event.outbox_due_at.is_some());
    let added = match &mut conn.link {
        Link::Pg(c) => pg::add(c, &events).await?,
        Link::Sqlite(c) => blocking(c, move |c| sqlite::add(c, &events)).await?,
    };
    if waits && !added.is_empty() {
        conn.note(Signal::Outbox);
    }
    Ok(added)
}

/// Claims up to `limit` events that wait in the outbox, oldest first, until `until`.
pub async fn claim_outbox(
    db: &Db,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Result<Vec<EventRow>> {
    match &mut db.write().await?.link {
        Link::Pg(c) => pg::claim_outbox(c, now, until, limit).await,
        Link::Sqlite(c) => blocking(c, move |c| sqlite::claim_outbox(c, now, until, limit)).await,
    }
}

/// Moves events of the outbox: to an instant from which they may be claimed (again), or out of it
/// (`None`).
pub async fn move_outbox(db: &Db, ids: Vec<EventId>, due_at: Option<Instant>) -> Result<()> {
    match &mut db.write().await?.link {
        Link::Pg(c) => pg::move_outbox(c, ids, due_at).await,
        Link::Sqlite(c) => blocking(c, move |c| sqlite::move_outbox(c, &ids, due_at)).await,
    }
}

/// Which of these events are in the table already, by our id or by source and external id.
pub async fn known(
    conn: &mut Conn,
    ids: Vec<EventId>,
    external: Vec<(String, String)>,
) -> Result<Vec<KnownEvent>> {
    match &mut conn.link {
        Link::Pg(c) => pg::known(c, ids, &external).await,
        Link::Sqlite(c) => blocking(c, move |c| sqlite::known(c, &ids, &external)).await,
    }
}

/// Frees everything that a dead process had claimed. Only for the embedded database, which one
/// process has to itself: there, at start, nobody can still be at work.
pub async fn free_leases(db: &Db, now: Instant) -> Result<()> {
    match &mut db.write().await?.link {
        Link::Pg(_) => Ok(()),
        Link::Sqlite(c) => blocking(c, move |c| sqlite::free_leases(c, now)).await,
    }
}

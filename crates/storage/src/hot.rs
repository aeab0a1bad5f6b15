//! The statements that decide throughput: each handles a whole group in a constant number of
//! statements, and is written once for each database. PostgreSQL gets arrays through UNNEST in
//! statements that stay prepared; SQLite gets one blocking hop and one immediate transaction.

#[macro_use]
mod statement;
pub mod feed_tests;
mod intake;
mod outcomes;
mod pg;
mod sqlite;

use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, EventId, FeedId},
};

pub use outcomes::Outcome;
pub(crate) use outcomes::hour;

use crate::{Conn, Db, Result, deliveries::Delivery, events::EventRow};

pub(crate) use intake::roll_up_calls;
pub use intake::{Standing, add_calls, add_enrollments, add_memberships, standing};

/// Results that are written together, in one transaction.
#[derive(Debug, Default, Clone)]
pub struct Group {
    /// Events that are not in the table yet, in final form (they came over the bus).
    pub new_events: Vec<EventRow>,
    /// Events of our own that are routed now; they leave the outbox.
    pub routed_events: Vec<EventId>,
    /// First rows of deliveries.
    pub new_deliveries: Vec<Delivery>,
    /// Changes of deliveries that were taken.
    pub results: Vec<DeliveryResult>,
    /// How attempts ended, in their order: what the feeds' statistics are made of.
    pub outcomes: Vec<Outcome>,
}

impl Group {
    /// Rows that the group writes.
    pub fn len(&self) -> usize {
        self.new_events.len()
            + self.routed_events.len()
            + self.new_deliveries.len()
            + self.results.len()
    }

    /// The first rows of deliveries that go with events that are there: `added` are those of
    /// `new_events` that were not yet.
    fn deliveries_of<'a>(&'a self, added: &'a [EventId]) -> impl Iterator<Item = &'a Delivery> {
        let theirs =
            |id| self.new_events.iter().any(|event| event.id == id) && !added.contains(&id);
        let all_ours = added.len() == self.new_events.len();
        self.new_deliveries
            .iter()
            .filter(move |delivery| all_ours || !theirs(delivery.event_id))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What became of a delivery that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryResult {
    pub id: DeliveryId,
    /// The lease under which it was taken; if the row has another one, nothing changes.
    pub lease: i64,
    pub state: DeliveryState,
    pub state_reason: Option<String>,
    pub due_at: Option<Instant>,
    pub attempt_count: i32,
    pub last_response_status: Option<i32>,
    pub last_error: Option<String>,
    pub attempts: Vec<u8>,
    pub finished_at: Option<Instant>,
}

/// A delivery that was taken, with its event.
#[derive(Debug, Clone)]
pub struct Taken {
    pub delivery: Delivery,
    pub event: EventRow,
}

/// An event that is already in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: EventId,
    pub source: String,
    pub external_id: Option<String>,
    pub routed: bool,
}

/// Adds events; those whose id, or whose external id under their source, is known are left as they
/// are. Gives the ids that were added.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn insert_events(conn: &mut Conn, events: Vec<EventRow>) -> Result<Vec<EventId>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    match conn {
        Conn::Pg(c) => pg::insert_events(c, &events).await,
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::add_events(c, &events)).await,
    }
}

/// Takes up to `limit` events that wait in the outbox, oldest first, until `until`.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn take_outbox(
    db: &Db,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Result<Vec<EventRow>> {
    match &mut db.write().await? {
        Conn::Pg(c) => pg::take_outbox(c, now, until, limit).await,
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::take_outbox(c, now, until, limit)).await,
    }
}

/// Moves events of the outbox: to an instant from which they may be taken (again), or out of it
/// (`None`).
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn move_outbox(db: &Db, ids: Vec<EventId>, due_at: Option<Instant>) -> Result<()> {
    match &mut db.write().await? {
        Conn::Pg(c) => pg::move_outbox(c, &ids, due_at).await,
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::move_outbox(c, &ids, due_at)).await,
    }
}

/// Which of these events are in the table already, by our id or by source and external id.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn known_events(
    db: &Db,
    ids: Vec<EventId>,
    external: Vec<(String, String)>,
) -> Result<Vec<Known>> {
    match &mut db.read().await? {
        Conn::Pg(c) => pg::known_events(c, &ids, &external).await,
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::known_events(c, &ids, &external)).await,
    }
}

/// Writes a group, all or nothing. Rows that exist already (a repeat after a crash) and results of
/// a lost lease change nothing. When somebody else was faster with an event (the same source and
/// external id), its deliveries are his.
///
/// # Errors
/// [`crate::Error`] of the database; then nothing was written.
pub async fn record(db: &Db, group: &Group, now: Instant) -> Result<()> {
    match &mut db.write().await? {
        Conn::Pg(c) => pg::record(c, group, now).await,
        Conn::Sqlite(c) => {
            let group = group.clone();
            sqlite::hop(c, move |c| sqlite::record(c, &group, now)).await
        }
    }
}

/// When the first unfinished delivery of each feed is, or was, due. Costs what there are feeds with
/// such deliveries, not what there are deliveries.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn waiting_feeds(db: &Db) -> Result<Vec<(FeedId, Instant)>> {
    match &mut db.read().await? {
        Conn::Pg(c) => pg::waiting_feeds(c).await,
        Conn::Sqlite(c) => sqlite::hop(c, sqlite::waiting_feeds).await,
    }
}

/// Takes deliveries that are due until `until`: of each feed as many as wanted, oldest first. The
/// backlog of a feed costs the others nothing.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn take_due(
    db: &Db,
    now: Instant,
    until: Instant,
    wanted: Vec<(FeedId, i64)>,
) -> Result<Vec<Taken>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    match &mut db.write().await? {
        Conn::Pg(c) => pg::take_due(c, now, until, &wanted).await,
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::take_due(c, now, until, &wanted)).await,
    }
}

/// Frees everything that a dead process had taken. Only for the embedded database, which one
/// process has to itself: there, at start, nobody can still be at work.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn free_all_leases(db: &Db, now: Instant) -> Result<()> {
    match &mut db.write().await? {
        Conn::Pg(_) => Ok(()),
        Conn::Sqlite(c) => sqlite::hop(c, move |c| sqlite::free_all_leases(c, now)).await,
    }
}

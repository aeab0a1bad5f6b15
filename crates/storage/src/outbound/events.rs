//! Events, which are the outbox as well.

mod bulk;

pub(crate) use bulk::{add_pg, add_sqlite, mark_routed_pg, mark_routed_sqlite};
pub use bulk::{claim_outbox, free_leases, insert, known, move_outbox};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, delivery::DeliveryState, event::Event, id::EventId};

use crate::database::{
    conn::Conn,
    error::{OptionalRow, Result},
    page::{Page, Window},
    schema::{deliveries, events},
    sql_types::Sql,
};

record! {
    /// A row of `events`.
    events: EventRow {
        id: EventId,
        kind: String,
        source: String,
        external_id: Option<String>,
        occurred_at: Instant,
        received_at: Instant,
        /// A JSON object, byte for byte as it came.
        data: Vec<u8>,
        /// When every feed that listened had its delivery recorded.
        routed_at: Option<Instant>,
        /// While set, the outbox owns this event: it may be claimed from this instant on.
        outbox_due_at: Option<Instant>,
    }
}

impl EventRow {
    /// The row of an event that waits in the outbox.
    pub fn waiting(event: Event) -> Self {
        let due = event.received_at;
        Self {
            outbox_due_at: Some(due),
            ..Self::routed(event, None)
        }
    }

    /// The row of an event that never was in the outbox.
    pub fn routed(event: Event, routed_at: Option<Instant>) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            source: event.source,
            external_id: event.external_id,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            data: event.data,
            routed_at,
            outbox_due_at: None,
        }
    }

    /// The event itself.
    pub fn into_event(self) -> Event {
        Event {
            id: self.id,
            kind: self.kind,
            source: self.source,
            external_id: self.external_id,
            occurred_at: self.occurred_at,
            received_at: self.received_at,
            data: self.data,
        }
    }
}

/// An event that is already in the table.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct KnownEvent {
    pub id: EventId,
    pub kind: String,
    pub source: String,
    pub external_id: Option<String>,
    pub data: Vec<u8>,
    pub routed: bool,
}

/// Narrows a list of events.
#[derive(Debug, Default)]
pub struct EventFilter {
    pub kind: Option<String>,
    pub since: Option<Instant>,
    pub until: Option<Instant>,
}

/// The event with this id.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: EventId) -> Result<EventRow> {
    on!(conn, |c| events::table
        .find(Sql(id))
        .select(EventRow::as_select())
        .first(c))
}

/// The event that a producer knows under this id.
pub async fn find_external(
    conn: &mut Conn,
    source: &str,
    external_id: &str,
) -> Result<Option<EventRow>> {
    on!(conn, |c| events::table
        .filter(events::source.eq(source))
        .filter(events::external_id.eq(Some(external_id)))
        .select(EventRow::as_select())
        .first(c))
    .optional()
}

/// A page of events, latest first.
pub async fn list(
    conn: &mut Conn,
    filter: &EventFilter,
    window: &Window,
) -> Result<Page<EventRow>> {
    let rows = on!(conn, |c| {
        let mut query = events::table.select(EventRow::as_select()).into_boxed();
        if let Some(kind) = &filter.kind {
            query = query.filter(events::kind.eq(kind));
        }
        if let Some(since) = filter.since {
            query = query.filter(events::received_at.ge(Sql(since)));
        }
        if let Some(until) = filter.until {
            query = query.filter(events::received_at.lt(Sql(until)));
        }
        window!(query, events::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// How many deliveries each of these events has, by state.
pub async fn delivery_counts(
    conn: &mut Conn,
    ids: &[EventId],
) -> Result<Vec<(EventId, DeliveryState, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| deliveries::table
        .filter(deliveries::event_id.eq_any(ids.iter().map(Sql)))
        .group_by((deliveries::event_id, deliveries::state))
        .select((
            deliveries::event_id,
            deliveries::state,
            diesel::dsl::count_star()
        ))
        .load(c))
}

/// When the event that is due first in the outbox was received. An event that was claimed is due
/// at the end of its lease, so this is the oldest one as long as nobody is at work.
pub async fn oldest_in_outbox(conn: &mut Conn) -> Result<Option<Instant>> {
    on!(conn, |c| events::table
        .filter(events::outbox_due_at.is_not_null())
        .order(events::outbox_due_at.asc())
        .select(events::received_at)
        .first(c))
    .optional()
}

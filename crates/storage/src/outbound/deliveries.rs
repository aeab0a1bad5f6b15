//! Deliveries: one event on its way to one feed.

mod bulk;

pub use bulk::{claim_due, free_leases, waiting_feeds};
pub(crate) use bulk::{write_results_pg, write_results_sqlite};

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    delivery::DeliveryState,
    event::Event,
    feed::FeedState,
    id::{DeliveryId, EventId, FeedId, ReplayId},
    outbound::request::{Format, Method},
};

use super::events::EventRow;
use crate::database::{
    conn::Conn,
    error::Result,
    page::{Page, Window},
    schema::{deliveries, feeds},
    sql_types::Sql,
};

record! {
    /// A row of `deliveries`.
    deliveries: Delivery {
        id: DeliveryId,
        event_id: EventId,
        event_type: String,
        feed_id: FeedId,
        replay_id: Option<ReplayId>,
        state: DeliveryState,
        state_reason: Option<String>,
        /// Set while unfinished: when it may be claimed, or the end of the lease of who has it.
        due_at: Option<Instant>,
        /// Counts the claims: a result that carries an older count changes nothing.
        lease: i64,
        attempt_count: i32,
        method: Method,
        format: Format,
        /// What is sent, unless event and format give it (all data).
        body: Option<Vec<u8>>,
        last_response_status: Option<i32>,
        last_error: Option<String>,
        /// A JSON array of [`domain::delivery::Attempt`].
        attempts: Vec<u8>,
        created_at: Instant,
        finished_at: Option<Instant>,
        /// Somebody tries the feed out: sent once, whether the feed is enabled or not, and not
        /// counted.
        is_test: bool,
    }
}

impl Delivery {
    /// The first row of a delivery of an event for a feed: due at once, nothing tried yet.
    pub fn first(
        event: &Event,
        feed_id: FeedId,
        (method, format): (Method, Format),
        now: Instant,
    ) -> Self {
        Self {
            id: DeliveryId::generate(),
            event_id: event.id,
            event_type: event.kind.clone(),
            feed_id,
            replay_id: None,
            state: DeliveryState::Pending,
            state_reason: None,
            due_at: Some(now),
            lease: 0,
            attempt_count: 0,
            method,
            format,
            body: None,
            last_response_status: None,
            last_error: None,
            attempts: b"[]".to_vec(),
            created_at: now,
            finished_at: None,
            is_test: false,
        }
    }
}

changes! {
    /// What became of a delivery that was claimed.
    deliveries: DeliveryResult {
        id: DeliveryId,
        /// The lease under which it was claimed; if the row has another one, nothing changes.
        lease: i64,
        state: DeliveryState,
        state_reason: Option<String>,
        due_at: Option<Instant>,
        attempt_count: i32,
        last_response_status: Option<i32>,
        last_error: Option<String>,
        attempts: Vec<u8>,
        finished_at: Option<Instant>,
    }
}

/// A delivery that was claimed, with its event.
#[derive(Debug, Clone, Queryable)]
pub struct ClaimedDelivery {
    pub delivery: Delivery,
    pub event: EventRow,
}

/// Narrows a list of deliveries.
#[derive(Debug, Default)]
pub struct DeliveryFilter {
    pub feed_id: Option<FeedId>,
    pub event_id: Option<EventId>,
    pub event_type: Option<String>,
    pub state: Option<DeliveryState>,
    pub response_status: Option<i32>,
    pub since: Option<Instant>,
    pub until: Option<Instant>,
}

/// The delivery with this id.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: DeliveryId) -> Result<Delivery> {
    on!(conn, |c| deliveries::table
        .find(Sql(id))
        .select(Delivery::as_select())
        .first(c))
}

/// A page of deliveries, newest first.
pub async fn list(
    conn: &mut Conn,
    filter: &DeliveryFilter,
    window: &Window,
) -> Result<Page<Delivery>> {
    let rows = on!(conn, |c| {
        let mut query = deliveries::table.select(Delivery::as_select()).into_boxed();
        if let Some(id) = filter.feed_id {
            query = query.filter(deliveries::feed_id.eq(Sql(id)));
        }
        if let Some(id) = filter.event_id {
            query = query.filter(deliveries::event_id.eq(Sql(id)));
        }
        if let Some(kind) = &filter.event_type {
            query = query.filter(deliveries::event_type.eq(kind));
        }
        if let Some(state) = filter.state {
            query = query.filter(deliveries::state.eq(Sql(state)));
        }
        if let Some(status) = filter.response_status {
            query = query.filter(deliveries::last_response_status.eq(Some(status)));
        }
        if let Some(since) = filter.since {
            query = query.filter(deliveries::created_at.ge(Sql(since)));
        }
        if let Some(until) = filter.until {
            query = query.filter(deliveries::created_at.lt(Sql(until)));
        }
        window!(query, deliveries::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Cancels what waits for a feed that is not enabled, `most` deliveries at a time; says how many
/// they were. What is in flight, or is a test, stays: what was sent is recorded as sent.
pub async fn cancel_waiting(
    conn: &mut Conn,
    feed_id: FeedId,
    reason: &str,
    now: Instant,
    most: i64,
) -> Result<usize> {
    let enabled = feeds::table
        .find(Sql(feed_id))
        .filter(feeds::state.eq(Sql(FeedState::Enabled)));
    // In flight and due again: whoever had it is gone.
    let waits = || {
        deliveries::state
            .eq(Sql(DeliveryState::Pending))
            .or(deliveries::due_at.le(Sql(Some(now))).assume_not_null())
    };
    let waiting: Vec<DeliveryId> = on!(conn, |c| deliveries::table
        .filter(deliveries::feed_id.eq(Sql(feed_id)))
        .filter(deliveries::due_at.is_not_null())
        .filter(not(deliveries::is_test))
        .filter(waits())
        .filter(not(exists(enabled)))
        .order(deliveries::due_at.asc())
        .limit(most)
        .select(deliveries::id)
        .load(c))?;
    let canceled = deliveries::table
        .filter(deliveries::id.eq_any(waiting.iter().map(Sql)))
        .filter(deliveries::due_at.is_not_null())
        .filter(waits());
    on!(conn, |c| diesel::update(canceled)
        .set((
            deliveries::state.eq(Sql(DeliveryState::Canceled)),
            deliveries::state_reason.eq(reason),
            deliveries::due_at.eq(Sql(None::<Instant>)),
            deliveries::lease.eq(deliveries::lease + 1),
            deliveries::finished_at.eq(Sql(Some(now))),
        ))
        .execute(c))
}

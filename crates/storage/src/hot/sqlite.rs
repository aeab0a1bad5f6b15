//! The hot statements for SQLite: synchronous, inside one blocking hop.

use diesel::{QueryResult, SqliteConnection, prelude::*, result::Error as Diesel};
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{EventId, FeedId},
};

use super::{DeliveryResult, Group, Known, Taken, outcomes};
use crate::{
    Result,
    conn::Lite,
    deliveries::Delivery,
    events::EventRow,
    schema::{deliveries, events},
    sql_types::{Guid, Sql, Stamp},
};

/// Runs a whole unit of work on the connection's blocking thread.
pub(super) async fn hop<T: Send + 'static>(
    c: &mut Lite,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T> {
    Ok(c.spawn_blocking(work).await?)
}

/// All in one transaction: the one that is open, or one of its own.
pub(super) fn add_events(c: &mut SqliteConnection, rows: &[EventRow]) -> QueryResult<Vec<EventId>> {
    c.transaction(|c| insert_events(c, rows))
}

fn insert_events(c: &mut SqliteConnection, rows: &[EventRow]) -> QueryResult<Vec<EventId>> {
    let mut added = Vec::with_capacity(rows.len());
    for row in rows {
        if diesel::insert_into(events::table)
            .values(row.clone())
            .on_conflict_do_nothing()
            .execute(c)?
            == 1
        {
            added.push(row.id);
        }
    }
    Ok(added)
}

pub(super) fn take_outbox(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    c.immediate_transaction(|c| {
        let rows: Vec<EventRow> = events::table
            .filter(events::outbox_due_at.le(Sql(Some(now))))
            .order(events::outbox_due_at.asc())
            .limit(limit)
            .select(EventRow::as_select())
            .load(c)?;
        for row in &rows {
            diesel::update(events::table.find(Sql(row.id)))
                .set(events::outbox_due_at.eq(Sql(Some(until))))
                .execute(c)?;
        }
        Ok(rows)
    })
}

pub(super) fn move_outbox(
    c: &mut SqliteConnection,
    ids: &[EventId],
    due_at: Option<Instant>,
) -> QueryResult<()> {
    c.immediate_transaction(|c| {
        for id in ids {
            let row = events::table
                .find(Sql(*id))
                .filter(events::outbox_due_at.is_not_null());
            diesel::update(row)
                .set(events::outbox_due_at.eq(Sql(due_at)))
                .execute(c)?;
        }
        Ok(())
    })
}

pub(super) fn known_events(
    c: &mut SqliteConnection,
    ids: &[EventId],
    external: &[(String, String)],
) -> QueryResult<Vec<Known>> {
    type Row = (EventId, String, Option<String>, Option<Instant>);
    let mut rows: Vec<Row> = Vec::new();
    for id in ids {
        rows.extend(known().find(Sql(*id)).first::<Row>(c).optional()?);
    }
    for (source, id) in external {
        let row = known()
            .filter(events::source.eq(source))
            .filter(events::external_id.eq(Some(id)));
        rows.extend(row.first::<Row>(c).optional()?);
    }
    let known = |(id, source, external_id, routed_at): Row| Known {
        id,
        source,
        external_id,
        routed: routed_at.is_some(),
    };
    Ok(rows.into_iter().map(known).collect())
}

#[diesel::dsl::auto_type]
fn known() -> _ {
    events::table.select((
        events::id,
        events::source,
        events::external_id,
        events::routed_at,
    ))
}

pub(super) fn record(c: &mut SqliteConnection, group: &Group, now: Instant) -> QueryResult<()> {
    c.immediate_transaction(|c| {
        let added = insert_events(c, &group.new_events)?;
        for row in group.deliveries_of(&added) {
            diesel::insert_into(deliveries::table)
                .values(row.clone())
                .on_conflict_do_nothing()
                .execute(c)?;
        }
        for result in &group.results {
            write_result(c, result)?;
        }
        outcomes::sqlite(c, &group.outcomes, now)?;
        for id in &group.routed_events {
            let row = events::table
                .find(Sql(*id))
                .filter(events::routed_at.is_null());
            let left = (
                events::routed_at.eq(Sql(Some(now))),
                events::outbox_due_at.eq(Sql(None::<Instant>)),
            );
            diesel::update(row).set(left).execute(c)?;
        }
        Ok::<_, Diesel>(())
    })
}

fn write_result(c: &mut SqliteConnection, r: &DeliveryResult) -> QueryResult<usize> {
    let row = deliveries::table
        .find(Sql(r.id))
        .filter(deliveries::lease.eq(r.lease))
        .filter(deliveries::due_at.is_not_null());
    diesel::update(row)
        .set((
            deliveries::state.eq(Sql(r.state)),
            deliveries::state_reason.eq(&r.state_reason),
            deliveries::due_at.eq(Sql(r.due_at)),
            deliveries::attempt_count.eq(r.attempt_count),
            deliveries::last_response_status.eq(r.last_response_status),
            deliveries::last_error.eq(&r.last_error),
            deliveries::attempts.eq(&r.attempts),
            deliveries::finished_at.eq(Sql(r.finished_at)),
        ))
        .execute(c)
}

#[derive(QueryableByName)]
struct WaitingFeed {
    #[diesel(sql_type = Guid)]
    feed_id: FeedId,
    #[diesel(sql_type = Stamp)]
    due_at: Instant,
}

pub(super) fn waiting_feeds(c: &mut SqliteConnection) -> QueryResult<Vec<(FeedId, Instant)>> {
    let rows: Vec<WaitingFeed> = diesel::sql_query(
        "WITH RECURSIVE f (id) AS (SELECT min(feed_id) FROM deliveries WHERE due_at IS NOT NULL AND NOT is_test UNION ALL \
         SELECT (SELECT min(d.feed_id) FROM deliveries d WHERE d.due_at IS NOT NULL AND NOT d.is_test AND d.feed_id > f.id) \
         FROM f WHERE f.id IS NOT NULL) \
         SELECT f.id AS feed_id, (SELECT min(d.due_at) FROM deliveries d WHERE d.feed_id = f.id AND d.due_at IS NOT NULL \
         AND NOT d.is_test) AS due_at \
         FROM f WHERE f.id IS NOT NULL",
    )
    .load(c)?;
    Ok(rows
        .into_iter()
        .map(|row| (row.feed_id, row.due_at))
        .collect())
}

pub(super) fn take_due(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    wanted: &[(FeedId, i64)],
) -> QueryResult<Vec<Taken>> {
    c.immediate_transaction(|c| {
        let mut due: Vec<(Delivery, EventRow)> = Vec::new();
        for (feed, most) in wanted {
            let rows = deliveries::table
                .inner_join(events::table.on(events::id.eq(deliveries::event_id)))
                .filter(deliveries::feed_id.eq(Sql(*feed)))
                .filter(deliveries::due_at.le(Sql(Some(now))))
                .filter(diesel::dsl::not(deliveries::is_test))
                .order(deliveries::due_at.asc())
                .limit(*most)
                .select((Delivery::as_select(), EventRow::as_select()));
            due.extend(rows.load::<(Delivery, EventRow)>(c)?);
        }
        let mut taken = Vec::with_capacity(due.len());
        for (mut delivery, event) in due {
            delivery.lease += 1;
            delivery.state = DeliveryState::InFlight;
            let taking = (
                deliveries::due_at.eq(Sql(Some(until))),
                deliveries::lease.eq(delivery.lease),
                deliveries::state.eq(Sql(DeliveryState::InFlight)),
            );
            diesel::update(deliveries::table.find(Sql(delivery.id)))
                .set(taking)
                .execute(c)?;
            taken.push(Taken { delivery, event });
        }
        Ok(taken)
    })
}

pub(super) fn free_all_leases(c: &mut SqliteConnection, now: Instant) -> QueryResult<()> {
    c.immediate_transaction(|c| {
        let in_flight = deliveries::table
            .filter(deliveries::state.eq(Sql(DeliveryState::InFlight)))
            .filter(deliveries::due_at.is_not_null());
        diesel::update(in_flight)
            .set((
                deliveries::state.eq(Sql(DeliveryState::Pending)),
                deliveries::due_at.eq(Sql(Some(now))),
                deliveries::lease.eq(deliveries::lease + 1),
            ))
            .execute(c)?;
        let taken = events::table.filter(events::outbox_due_at.gt(Sql(Some(now))));
        diesel::update(taken)
            .set(events::outbox_due_at.eq(Sql(Some(now))))
            .execute(c)?;
        Ok(())
    })
}

//! Deliveries by which somebody tries a feed out. They wait beside the others, because a feed need
//! not be enabled for them.

use diesel::{
    ExpressionMethods, JoinOnDsl, QueryDsl, QueryResult, SelectableHelper, SqliteConnection,
    sql_types::BigInt,
};
use domain::{Instant, delivery::DeliveryState};

use super::{
    Taken,
    pg::{DeliveryColumns, EventColumns},
    sqlite::hop,
};
use crate::{
    Conn, Db, Result,
    deliveries::Delivery,
    events::EventRow,
    schema::{deliveries, events},
    sql_types::{Sql, Stamp},
};

statement!(
    TakeTests { now: Instant, until: Instant, limit: i64 } -> (DeliveryColumns, EventColumns),
    "UPDATE deliveries d SET due_at = ", (until: Stamp), ", lease = d.lease + 1, state = 'in_flight' FROM events e \
     WHERE d.id = ANY (ARRAY(SELECT id FROM deliveries WHERE is_test AND due_at <= ", (now: Stamp),
    " ORDER BY due_at LIMIT ", (limit: BigInt), " FOR UPDATE SKIP LOCKED)) AND e.id = d.event_id \
     RETURNING d.id, d.event_id, d.event_type, d.feed_id, d.replay_id, d.state, d.state_reason, d.due_at, d.lease, d.attempt_count, \
     d.method, d.format, d.body, d.last_response_status, d.last_error, d.attempts, d.created_at, d.finished_at, d.is_test, \
     e.id, e.kind, e.source, e.external_id, e.occurred_at, e.received_at, e.data, e.routed_at, e.outbox_due_at"
);

/// Adds a test and its event, which is routed to nobody else.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn insert(conn: &mut Conn, event: EventRow, test: &Delivery) -> Result<()> {
    use diesel_async::RunQueryDsl;
    on!(conn, |c| diesel::insert_into(events::table)
        .values(event.clone())
        .execute(c))?;
    on!(conn, |c| diesel::insert_into(deliveries::table)
        .values(test.clone())
        .execute(c))
    .map(drop)
}

/// Takes tests that wait, until `until`; oldest first.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn take(db: &Db, now: Instant, until: Instant, limit: i64) -> Result<Vec<Taken>> {
    match &mut db.write().await? {
        Conn::Pg(c) => {
            use diesel_async::RunQueryDsl;
            let statement = TakeTests {
                now,
                until,
                limit,
                _life: std::marker::PhantomData,
            };
            let rows: Vec<(Delivery, EventRow)> = statement.load(c).await?;
            Ok(rows
                .into_iter()
                .map(|(delivery, event)| Taken { delivery, event })
                .collect())
        }
        Conn::Sqlite(c) => hop(c, move |c| take_sqlite(c, now, until, limit)).await,
    }
}

fn take_sqlite(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> QueryResult<Vec<Taken>> {
    use diesel::RunQueryDsl;
    c.immediate_transaction(|c| {
        let due: Vec<(Delivery, EventRow)> = deliveries::table
            .inner_join(events::table.on(events::id.eq(deliveries::event_id)))
            .filter(deliveries::is_test)
            .filter(deliveries::due_at.le(Sql(Some(now))))
            .order(deliveries::due_at.asc())
            .limit(limit)
            .select((Delivery::as_select(), EventRow::as_select()))
            .load(c)?;
        let mut taken = Vec::with_capacity(due.len());
        for (mut delivery, event) in due {
            delivery.lease += 1;
            (delivery.state, delivery.due_at) = (DeliveryState::InFlight, Some(until));
            diesel::update(deliveries::table.find(Sql(delivery.id)))
                .set(delivery.clone())
                .execute(c)?;
            taken.push(Taken { delivery, event });
        }
        Ok(taken)
    })
}

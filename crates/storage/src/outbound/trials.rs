//! Trials: deliveries by which somebody tries a feed out. They wait beside the others, because a
//! feed need not be enabled for them.

use diesel::{
    ExpressionMethods, JoinOnDsl, QueryDsl, QueryResult, SelectableHelper, SqliteConnection,
    sql_types::BigInt,
};
use domain::{Instant, delivery::DeliveryState};

use super::{
    deliveries::{ClaimedDelivery, Delivery},
    events::EventRow,
};
use crate::{
    Signal,
    database::{
        bulk::blocking,
        conn::{Conn, Db, Link},
        error::Result,
        row::SqlTypes,
        schema::{deliveries, events},
        sql_types::{Sql, Stamp},
    },
};

statement!(
    ClaimTrials { now: Instant, until: Instant, limit: i64 } -> (SqlTypes<Delivery>, SqlTypes<EventRow>),
    "UPDATE deliveries d SET due_at = ", (until: Stamp), ", lease = d.lease + 1, state = 'in_flight' FROM events e \
     WHERE d.id = ANY (ARRAY(SELECT id FROM deliveries WHERE is_test AND due_at <= ", (now: Stamp),
    " ORDER BY due_at LIMIT ", (limit: BigInt), " FOR UPDATE SKIP LOCKED)) AND e.id = d.event_id \
     RETURNING ", [columns Delivery of "d"], ", ", [columns EventRow of "e"]
);

/// Adds a trial and its event, which is routed to nobody else.
pub async fn insert(conn: &mut Conn, event: EventRow, trial: &Delivery) -> Result<()> {
    use diesel_async::RunQueryDsl;
    on!(conn, |c| diesel::insert_into(events::table)
        .values(event.clone())
        .execute(c))?;
    on!(conn, |c| diesel::insert_into(deliveries::table)
        .values(trial.clone())
        .execute(c))?;
    conn.note(Signal::Trials);
    Ok(())
}

/// Claims trials that wait, until `until`; oldest first.
pub async fn claim(
    db: &Db,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Result<Vec<ClaimedDelivery>> {
    match &mut db.write().await?.link {
        Link::Pg(c) => {
            use diesel_async::RunQueryDsl;
            Ok(ClaimTrials { now, until, limit }.load(c).await?)
        }
        Link::Sqlite(c) => blocking(c, move |c| claim_sqlite(c, now, until, limit)).await,
    }
}

fn claim_sqlite(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> QueryResult<Vec<ClaimedDelivery>> {
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
        let mut claimed = Vec::with_capacity(due.len());
        for (mut delivery, event) in due {
            delivery.lease += 1;
            (delivery.state, delivery.due_at) = (DeliveryState::InFlight, Some(until));
            diesel::update(deliveries::table.find(Sql(delivery.id)))
                .set(delivery.clone())
                .execute(c)?;
            claimed.push(ClaimedDelivery { delivery, event });
        }
        Ok(claimed)
    })
}

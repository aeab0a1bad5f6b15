use diesel::{QueryResult, SqliteConnection, prelude::*};
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, FeedId},
};

use super::super::{ClaimedDelivery, Delivery, DeliveryResult};
use crate::{
    database::{
        schema::{deliveries, events},
        sql_types::{Guid, Sql, Stamp},
    },
    outbound::events::EventRow,
};

/// Gives the deliveries whose lease was still the result's.
pub(crate) fn write_results(
    c: &mut SqliteConnection,
    results: &[DeliveryResult],
) -> QueryResult<Vec<DeliveryId>> {
    let mut written = Vec::with_capacity(results.len());
    for result in results {
        let row = deliveries::table
            .find(Sql(result.id))
            .filter(deliveries::lease.eq(result.lease))
            .filter(deliveries::due_at.is_not_null());
        if diesel::update(row).set(result.clone()).execute(c)? == 1 {
            written.push(result.id);
        }
    }
    Ok(written)
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

pub(super) fn claim_due(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    wanted: &[(FeedId, i64)],
) -> QueryResult<Vec<ClaimedDelivery>> {
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
        let mut claimed = Vec::with_capacity(due.len());
        for (mut delivery, event) in due {
            delivery.lease += 1;
            (delivery.state, delivery.due_at) = (DeliveryState::InFlight, Some(until));
            let claim = (
                deliveries::due_at.eq(Sql(delivery.due_at)),
                deliveries::lease.eq(delivery.lease),
                deliveries::state.eq(Sql(delivery.state)),
            );
            diesel::update(deliveries::table.find(Sql(delivery.id)))
                .set(claim)
                .execute(c)?;
            claimed.push(ClaimedDelivery { delivery, event });
        }
        Ok(claimed)
    })
}

pub(super) fn free_leases(c: &mut SqliteConnection, now: Instant) -> QueryResult<()> {
    let in_flight = deliveries::table
        .filter(deliveries::state.eq(Sql(DeliveryState::InFlight)))
        .filter(deliveries::due_at.is_not_null());
    diesel::update(in_flight)
        .set((
            deliveries::state.eq(Sql(DeliveryState::Pending)),
            deliveries::due_at.eq(Sql(Some(now))),
            deliveries::lease.eq(deliveries::lease + 1),
        ))
        .execute(c)
        .map(drop)
}

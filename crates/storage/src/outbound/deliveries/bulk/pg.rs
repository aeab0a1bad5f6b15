use diesel::sql_types::{Array, BigInt};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{
    Instant,
    id::{DeliveryId, FeedId},
};

use super::super::{ClaimedDelivery, Delivery, DeliveryResult};
use crate::{
    database::{
        error::Result,
        row::{Row, Rows, SqlTypes},
        sql_types::{Guid, Stamp},
    },
    outbound::events::EventRow,
};

statement!(
    WriteResults<'a> { rows: Rows<'a, DeliveryResult> } -> Guid,
    "UPDATE deliveries d SET ", [assign DeliveryResult from "r" without "id" "lease"],
    " FROM UNNEST(", [arrays rows], ") r (", [columns DeliveryResult],
    ") WHERE d.id = r.id AND d.lease = r.lease AND num_nulls(d.due_at) = 0 RETURNING d.id"
);

statement!(
    WaitingFeeds {} -> (Guid, Stamp),
    "WITH RECURSIVE f (id) AS (SELECT * FROM (SELECT feed_id FROM deliveries WHERE due_at IS NOT NULL AND NOT is_test \
     ORDER BY feed_id LIMIT 1) a \
     UNION ALL SELECT (SELECT d.feed_id FROM deliveries d WHERE d.due_at IS NOT NULL AND NOT d.is_test AND d.feed_id > f.id \
     ORDER BY d.feed_id LIMIT 1) \
     FROM f WHERE f.id IS NOT NULL) \
     SELECT f.id, (SELECT d.due_at FROM deliveries d WHERE d.feed_id = f.id AND d.due_at IS NOT NULL AND NOT d.is_test \
     ORDER BY d.due_at LIMIT 1) \
     FROM f WHERE f.id IS NOT NULL"
);

statement!(
    ClaimDue { now: Instant, until: Instant, feeds: Vec<FeedId>, limits: Vec<i64> }
        -> (SqlTypes<Delivery>, SqlTypes<EventRow>),
    "UPDATE deliveries d SET due_at = ", (until: Stamp), ", lease = d.lease + 1, state = 'in_flight' FROM events e \
     WHERE d.id = ANY (ARRAY(SELECT s.id FROM UNNEST(", (feeds: Array<Guid>), ", ", (limits: Array<BigInt>), ") w (feed_id, most) \
     CROSS JOIN LATERAL (SELECT id FROM deliveries WHERE feed_id = w.feed_id AND due_at <= ", (now: Stamp),
    " AND NOT is_test ORDER BY due_at LIMIT w.most FOR UPDATE SKIP LOCKED) s)) AND e.id = d.event_id \
     RETURNING ", [columns Delivery of "d"], ", ", [columns EventRow of "e"]
);

/// Gives the deliveries whose lease was still the result's.
pub(crate) async fn write_results(
    c: &mut AsyncPgConnection,
    results: &[DeliveryResult],
) -> Result<Vec<DeliveryId>> {
    let statement = WriteResults {
        rows: DeliveryResult::arrays(results),
    };
    Ok(statement.load(c).await?)
}

pub(super) async fn waiting_feeds(c: &mut AsyncPgConnection) -> Result<Vec<(FeedId, Instant)>> {
    Ok(WaitingFeeds {}.load(c).await?)
}

pub(super) async fn claim_due(
    c: &mut AsyncPgConnection,
    now: Instant,
    until: Instant,
    wanted: &[(FeedId, i64)],
) -> Result<Vec<ClaimedDelivery>> {
    let (feeds, limits) = wanted.iter().copied().unzip();
    let statement = ClaimDue {
        now,
        until,
        feeds,
        limits,
    };
    Ok(statement.load(c).await?)
}

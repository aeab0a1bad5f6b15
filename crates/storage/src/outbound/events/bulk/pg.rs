use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Instant, id::EventId};

use super::super::{EventRow, KnownEvent};
use crate::database::{
    error::Result,
    row::{Row, Rows, SqlTypes},
    sql_types::{Guid, Stamp},
};

statement!(
    AddEvents<'a> { rows: Rows<'a, EventRow> } -> Guid,
    "INSERT INTO events (", [columns EventRow], ") SELECT * FROM UNNEST(", [arrays rows],
    ") ON CONFLICT DO NOTHING RETURNING id"
);

statement!(
    ClaimOutbox { now: Instant, until: Instant, limit: i64 } -> SqlTypes<EventRow>,
    "UPDATE events e SET outbox_due_at = ", (until: Stamp),
    " WHERE e.id = ANY (ARRAY(SELECT id FROM events WHERE outbox_due_at <= ", (now: Stamp),
    " ORDER BY outbox_due_at LIMIT ", (limit: BigInt), " FOR UPDATE SKIP LOCKED)) \
     RETURNING ", [columns EventRow of "e"]
);

statement!(
    MoveOutbox { ids: Vec<EventId>, due: Option<Instant> } -> Bool,
    "UPDATE events SET outbox_due_at = ", (due: Nullable<Stamp>), " WHERE num_nulls(outbox_due_at) = 0 AND id = ANY(",
    (ids: Array<Guid>), ")"
);

statement!(
    FindKnown<'a> { ids: Vec<EventId>, sources: Vec<&'a str>, external_ids: Vec<&'a str> }
        -> (Guid, Text, Text, Nullable<Text>, Binary, Bool),
    "SELECT id, kind, source, external_id, data, routed_at IS NOT NULL FROM events WHERE id = ANY(", (ids: Array<Guid>),
    ") UNION ALL SELECT e.id, e.kind, e.source, e.external_id, e.data, e.routed_at IS NOT NULL FROM UNNEST(", (sources: Array<Text>), ", ",
    (external_ids: Array<Text>), ") k (source, external_id) JOIN events e ON e.source = k.source AND e.external_id = k.external_id"
);

statement!(
    MarkRouted { ids: Vec<EventId>, at: Instant } -> Bool,
    "UPDATE events SET routed_at = ", (at: Stamp), ", outbox_due_at = NULL WHERE routed_at IS NULL AND id = ANY(",
    (ids: Array<Guid>), ")"
);

pub(crate) async fn add(c: &mut AsyncPgConnection, events: &[EventRow]) -> Result<Vec<EventId>> {
    let statement = AddEvents {
        rows: EventRow::arrays(events),
    };
    Ok(statement.load(c).await?)
}

pub(super) async fn claim_outbox(
    c: &mut AsyncPgConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Result<Vec<EventRow>> {
    Ok(ClaimOutbox { now, until, limit }.load(c).await?)
}

pub(super) async fn move_outbox(
    c: &mut AsyncPgConnection,
    ids: Vec<EventId>,
    due: Option<Instant>,
) -> Result<()> {
    MoveOutbox { ids, due }.execute(c).await?;
    Ok(())
}

pub(super) async fn known(
    c: &mut AsyncPgConnection,
    ids: Vec<EventId>,
    external: &[(String, String)],
) -> Result<Vec<KnownEvent>> {
    let statement = FindKnown {
        ids,
        sources: external.iter().map(|(source, _)| source.as_str()).collect(),
        external_ids: external.iter().map(|(_, id)| id.as_str()).collect(),
    };
    Ok(statement.load(c).await?)
}

pub(crate) async fn mark_routed(
    c: &mut AsyncPgConnection,
    ids: Vec<EventId>,
    at: Instant,
) -> Result<()> {
    MarkRouted { ids, at }.execute(c).await?;
    Ok(())
}

//! The hot statements for PostgreSQL.

use diesel::sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, EventId, FeedId, ReplayId},
    outbound::request::{Format, Method},
};

use super::{DeliveryResult, Group, Known, Taken, outcomes};
use crate::{
    Error, Result,
    deliveries::Delivery,
    events::EventRow,
    sql_types::{Guid, Stamp, Word},
};

pub(super) type EventColumns = (
    Guid,
    Text,
    Text,
    Nullable<Text>,
    Stamp,
    Stamp,
    Binary,
    Nullable<Stamp>,
    Nullable<Stamp>,
);
pub(super) type DeliveryColumns = (
    Guid,
    Guid,
    Text,
    Guid,
    Nullable<Guid>,
    Word,
    Nullable<Text>,
    Nullable<Stamp>,
    BigInt,
    Integer,
    Word,
    Word,
    Nullable<Binary>,
    Nullable<Integer>,
    Nullable<Text>,
    Binary,
    Stamp,
    Nullable<Stamp>,
    Bool,
);

statement!(
    InsertEvents {
        ids: Vec<EventId>,
        kinds: Vec<&'a str>,
        sources: Vec<&'a str>,
        external_ids: Vec<Option<&'a str>>,
        occurred: Vec<Instant>,
        received: Vec<Instant>,
        data: Vec<&'a [u8]>,
        routed: Vec<Option<Instant>>,
        due: Vec<Option<Instant>>,
    } -> Guid,
    "INSERT INTO events (id, kind, source, external_id, occurred_at, received_at, data, routed_at, outbox_due_at) \
     SELECT * FROM UNNEST(", (ids: Array<Guid>), ", ", (kinds: Array<Text>), ", ", (sources: Array<Text>), ", ",
    (external_ids: Array<Nullable<Text>>), ", ", (occurred: Array<Stamp>), ", ", (received: Array<Stamp>), ", ",
    (data: Array<Binary>), ", ", (routed: Array<Nullable<Stamp>>), ", ", (due: Array<Nullable<Stamp>>),
    ") ON CONFLICT DO NOTHING RETURNING id"
);

statement!(
    TakeOutbox { now: Instant, until: Instant, limit: i64 } -> EventColumns,
    "UPDATE events e SET outbox_due_at = ", (until: Stamp),
    " FROM (SELECT id FROM events WHERE outbox_due_at <= ", (now: Stamp),
    " ORDER BY outbox_due_at LIMIT ", (limit: BigInt), " FOR UPDATE SKIP LOCKED) s WHERE e.id = s.id \
     RETURNING e.id, e.kind, e.source, e.external_id, e.occurred_at, e.received_at, e.data, e.routed_at, e.outbox_due_at"
);

statement!(
    MoveOutbox { ids: Vec<EventId>, due: Option<Instant> } -> Bool,
    "UPDATE events SET outbox_due_at = ", (due: Nullable<Stamp>), " WHERE outbox_due_at IS NOT NULL AND id = ANY(", (ids: Array<Guid>), ")"
);

statement!(
    KnownEvents { ids: Vec<EventId>, sources: Vec<&'a str>, external_ids: Vec<&'a str> } -> (Guid, Text, Nullable<Text>, Bool),
    "SELECT id, source, external_id, routed_at IS NOT NULL FROM events WHERE id = ANY(", (ids: Array<Guid>),
    ") UNION SELECT e.id, e.source, e.external_id, e.routed_at IS NOT NULL FROM UNNEST(", (sources: Array<Text>), ", ",
    (external_ids: Array<Text>), ") k (source, external_id) JOIN events e ON e.source = k.source AND e.external_id = k.external_id"
);

statement!(
    MarkRouted { ids: Vec<EventId>, at: Instant } -> Bool,
    "UPDATE events SET routed_at = ", (at: Stamp), ", outbox_due_at = NULL WHERE routed_at IS NULL AND id = ANY(", (ids: Array<Guid>), ")"
);

statement!(
    InsertDeliveries {
        ids: Vec<DeliveryId>,
        events: Vec<EventId>,
        types: Vec<&'a str>,
        feeds: Vec<FeedId>,
        replays: Vec<Option<ReplayId>>,
        states: Vec<DeliveryState>,
        reasons: Vec<Option<&'a str>>,
        due: Vec<Option<Instant>>,
        leases: Vec<i64>,
        counts: Vec<i32>,
        methods: Vec<Method>,
        formats: Vec<Format>,
        bodies: Vec<Option<&'a [u8]>>,
        statuses: Vec<Option<i32>>,
        errors: Vec<Option<&'a str>>,
        attempts: Vec<&'a [u8]>,
        created: Vec<Instant>,
        finished: Vec<Option<Instant>>,
        tests: Vec<bool>,
    } -> Bool,
    "INSERT INTO deliveries (id, event_id, event_type, feed_id, replay_id, state, state_reason, due_at, lease, attempt_count, \
     method, format, body, last_response_status, last_error, attempts, created_at, finished_at, is_test) SELECT * FROM UNNEST(",
    (ids: Array<Guid>), ", ", (events: Array<Guid>), ", ", (types: Array<Text>), ", ", (feeds: Array<Guid>), ", ",
    (replays: Array<Nullable<Guid>>), ", ", (states: Array<Word>), ", ", (reasons: Array<Nullable<Text>>), ", ",
    (due: Array<Nullable<Stamp>>), ", ", (leases: Array<BigInt>), ", ", (counts: Array<Integer>), ", ",
    (methods: Array<Word>), ", ", (formats: Array<Word>), ", ", (bodies: Array<Nullable<Binary>>), ", ",
    (statuses: Array<Nullable<Integer>>), ", ", (errors: Array<Nullable<Text>>), ", ", (attempts: Array<Binary>), ", ",
    (created: Array<Stamp>), ", ", (finished: Array<Nullable<Stamp>>), ", ", (tests: Array<Bool>), ") ON CONFLICT DO NOTHING"
);

statement!(
    WriteResults {
        ids: Vec<DeliveryId>,
        leases: Vec<i64>,
        states: Vec<DeliveryState>,
        reasons: Vec<Option<&'a str>>,
        due: Vec<Option<Instant>>,
        counts: Vec<i32>,
        statuses: Vec<Option<i32>>,
        errors: Vec<Option<&'a str>>,
        attempts: Vec<&'a [u8]>,
        finished: Vec<Option<Instant>>,
    } -> Bool,
    "UPDATE deliveries d SET state = r.state, state_reason = r.reason, due_at = r.due, attempt_count = r.count, \
     last_response_status = r.status, last_error = r.error, attempts = r.attempts, finished_at = r.finished FROM UNNEST(",
    (ids: Array<Guid>), ", ", (leases: Array<BigInt>), ", ", (states: Array<Word>), ", ", (reasons: Array<Nullable<Text>>), ", ",
    (due: Array<Nullable<Stamp>>), ", ", (counts: Array<Integer>), ", ", (statuses: Array<Nullable<Integer>>), ", ",
    (errors: Array<Nullable<Text>>), ", ", (attempts: Array<Binary>), ", ", (finished: Array<Nullable<Stamp>>),
    ") r (id, lease, state, reason, due, count, status, error, attempts, finished) \
     WHERE d.id = r.id AND d.lease = r.lease AND d.due_at IS NOT NULL"
);

statement!(
    WaitingFeeds {} -> (Guid, Stamp),
    "WITH RECURSIVE f (id) AS (SELECT * FROM (SELECT feed_id FROM deliveries WHERE due_at IS NOT NULL AND NOT is_test ORDER BY feed_id LIMIT 1) a \
     UNION ALL SELECT (SELECT d.feed_id FROM deliveries d WHERE d.due_at IS NOT NULL AND NOT d.is_test AND d.feed_id > f.id \
     ORDER BY d.feed_id LIMIT 1) \
     FROM f WHERE f.id IS NOT NULL) \
     SELECT f.id, (SELECT d.due_at FROM deliveries d WHERE d.feed_id = f.id AND d.due_at IS NOT NULL AND NOT d.is_test \
     ORDER BY d.due_at LIMIT 1) \
     FROM f WHERE f.id IS NOT NULL"
);

// The ids come through ARRAY(…), so that the planner expects few of them, whatever the table's
// size.
statement!(
    TakeDue { now: Instant, until: Instant, feeds: Vec<FeedId>, limits: Vec<i64> } -> (DeliveryColumns, EventColumns),
    "UPDATE deliveries d SET due_at = ", (until: Stamp), ", lease = d.lease + 1, state = 'in_flight' FROM events e \
     WHERE d.id = ANY (ARRAY(SELECT s.id FROM UNNEST(", (feeds: Array<Guid>), ", ", (limits: Array<BigInt>), ") w (feed_id, most) \
     CROSS JOIN LATERAL (SELECT id FROM deliveries WHERE feed_id = w.feed_id AND due_at <= ", (now: Stamp),
    " AND NOT is_test ORDER BY due_at LIMIT w.most FOR UPDATE SKIP LOCKED) s)) AND e.id = d.event_id \
     RETURNING d.id, d.event_id, d.event_type, d.feed_id, d.replay_id, d.state, d.state_reason, d.due_at, d.lease, d.attempt_count, \
     d.method, d.format, d.body, d.last_response_status, d.last_error, d.attempts, d.created_at, d.finished_at, d.is_test, \
     e.id, e.kind, e.source, e.external_id, e.occurred_at, e.received_at, e.data, e.routed_at, e.outbox_due_at"
);

pub(super) async fn insert_events(
    c: &mut AsyncPgConnection,
    events: &[EventRow],
) -> Result<Vec<EventId>> {
    let column = |f: fn(&EventRow) -> Option<Instant>| events.iter().map(f).collect::<Vec<_>>();
    let statement = InsertEvents {
        ids: events.iter().map(|e| e.id).collect(),
        kinds: events.iter().map(|e| e.kind.as_str()).collect(),
        sources: events.iter().map(|e| e.source.as_str()).collect(),
        external_ids: events.iter().map(|e| e.external_id.as_deref()).collect(),
        occurred: events.iter().map(|e| e.occurred_at).collect(),
        received: events.iter().map(|e| e.received_at).collect(),
        data: events.iter().map(|e| e.data.as_slice()).collect(),
        routed: column(|e| e.routed_at),
        due: column(|e| e.outbox_due_at),
        _life: std::marker::PhantomData,
    };
    Ok(statement.load(c).await?)
}

pub(super) async fn take_outbox(
    c: &mut AsyncPgConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Result<Vec<EventRow>> {
    Ok(TakeOutbox {
        now,
        until,
        limit,
        _life: std::marker::PhantomData,
    }
    .load(c)
    .await?)
}

pub(super) async fn move_outbox(
    c: &mut AsyncPgConnection,
    ids: &[EventId],
    due: Option<Instant>,
) -> Result<()> {
    MoveOutbox {
        ids: ids.to_vec(),
        due,
        _life: std::marker::PhantomData,
    }
    .execute(c)
    .await?;
    Ok(())
}

pub(super) async fn known_events(
    c: &mut AsyncPgConnection,
    ids: &[EventId],
    external: &[(String, String)],
) -> Result<Vec<Known>> {
    let statement = KnownEvents {
        ids: ids.to_vec(),
        sources: external.iter().map(|(source, _)| source.as_str()).collect(),
        external_ids: external.iter().map(|(_, id)| id.as_str()).collect(),
        _life: std::marker::PhantomData,
    };
    let rows: Vec<(EventId, String, Option<String>, bool)> = statement.load(c).await?;
    Ok(rows
        .into_iter()
        .map(|(id, source, external_id, routed)| Known {
            id,
            source,
            external_id,
            routed,
        })
        .collect())
}

pub(super) async fn record(c: &mut AsyncPgConnection, group: &Group, now: Instant) -> Result<()> {
    c.transaction::<_, Error, _>(async |c| {
        let mut added = Vec::new();
        if !group.new_events.is_empty() {
            added = insert_events(c, &group.new_events).await?;
        }
        let deliveries: Vec<_> = group.deliveries_of(&added).collect();
        if !deliveries.is_empty() {
            insert_deliveries(c, &deliveries).await?;
        }
        if !group.results.is_empty() {
            write_results(c, &group.results).await?;
        }
        outcomes::pg(c, &group.outcomes, now).await?;
        if !group.routed_events.is_empty() {
            MarkRouted {
                ids: group.routed_events.clone(),
                at: now,
                _life: std::marker::PhantomData,
            }
            .execute(c)
            .await?;
        }
        Ok(())
    })
    .await
}

async fn insert_deliveries(c: &mut AsyncPgConnection, rows: &[&Delivery]) -> Result<()> {
    let statement = InsertDeliveries {
        ids: rows.iter().map(|d| d.id).collect(),
        events: rows.iter().map(|d| d.event_id).collect(),
        types: rows.iter().map(|d| d.event_type.as_str()).collect(),
        feeds: rows.iter().map(|d| d.feed_id).collect(),
        replays: rows.iter().map(|d| d.replay_id).collect(),
        states: rows.iter().map(|d| d.state).collect(),
        reasons: rows.iter().map(|d| d.state_reason.as_deref()).collect(),
        due: rows.iter().map(|d| d.due_at).collect(),
        leases: rows.iter().map(|d| d.lease).collect(),
        counts: rows.iter().map(|d| d.attempt_count).collect(),
        methods: rows.iter().map(|d| d.method).collect(),
        formats: rows.iter().map(|d| d.format).collect(),
        bodies: rows.iter().map(|d| d.body.as_deref()).collect(),
        statuses: rows.iter().map(|d| d.last_response_status).collect(),
        errors: rows.iter().map(|d| d.last_error.as_deref()).collect(),
        attempts: rows.iter().map(|d| d.attempts.as_slice()).collect(),
        created: rows.iter().map(|d| d.created_at).collect(),
        finished: rows.iter().map(|d| d.finished_at).collect(),
        tests: rows.iter().map(|d| d.is_test).collect(),
        _life: std::marker::PhantomData,
    };
    statement.execute(c).await?;
    Ok(())
}

async fn write_results(c: &mut AsyncPgConnection, rows: &[DeliveryResult]) -> Result<()> {
    let statement = WriteResults {
        ids: rows.iter().map(|r| r.id).collect(),
        leases: rows.iter().map(|r| r.lease).collect(),
        states: rows.iter().map(|r| r.state).collect(),
        reasons: rows.iter().map(|r| r.state_reason.as_deref()).collect(),
        due: rows.iter().map(|r| r.due_at).collect(),
        counts: rows.iter().map(|r| r.attempt_count).collect(),
        statuses: rows.iter().map(|r| r.last_response_status).collect(),
        errors: rows.iter().map(|r| r.last_error.as_deref()).collect(),
        attempts: rows.iter().map(|r| r.attempts.as_slice()).collect(),
        finished: rows.iter().map(|r| r.finished_at).collect(),
        _life: std::marker::PhantomData,
    };
    statement.execute(c).await?;
    Ok(())
}

pub(super) async fn waiting_feeds(c: &mut AsyncPgConnection) -> Result<Vec<(FeedId, Instant)>> {
    Ok(WaitingFeeds {
        _life: std::marker::PhantomData,
    }
    .load(c)
    .await?)
}

pub(super) async fn take_due(
    c: &mut AsyncPgConnection,
    now: Instant,
    until: Instant,
    wanted: &[(FeedId, i64)],
) -> Result<Vec<Taken>> {
    let (feeds, limits) = wanted.iter().copied().unzip();
    let statement = TakeDue {
        now,
        until,
        feeds,
        limits,
        _life: std::marker::PhantomData,
    };
    let rows: Vec<(Delivery, EventRow)> = statement.load(c).await?;
    Ok(rows
        .into_iter()
        .map(|(delivery, event)| Taken { delivery, event })
        .collect())
}

use diesel::{QueryResult, SqliteConnection, prelude::*};
use domain::{Instant, id::EventId};

use super::super::{EventRow, KnownEvent};
use crate::database::{row::NewRow, schema::events, sql_types::Sql};

/// All in one transaction: the one that is open, or one of its own.
pub(super) fn add(c: &mut SqliteConnection, rows: &[EventRow]) -> QueryResult<Vec<EventId>> {
    c.transaction(|c| add_each(c, rows))
}

pub(crate) fn add_each(c: &mut SqliteConnection, rows: &[EventRow]) -> QueryResult<Vec<EventId>> {
    let mut added = Vec::with_capacity(rows.len());
    for row in rows {
        if row.clone().add_if_new(c)? == 1 {
            added.push(row.id);
        }
    }
    Ok(added)
}

pub(super) fn claim_outbox(
    c: &mut SqliteConnection,
    now: Instant,
    until: Instant,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    c.immediate_transaction(|c| {
        let mut rows: Vec<EventRow> = events::table
            .filter(events::outbox_due_at.le(Sql(Some(now))))
            .order(events::outbox_due_at.asc())
            .limit(limit)
            .select(EventRow::as_select())
            .load(c)?;
        for row in &mut rows {
            row.outbox_due_at = Some(until);
            diesel::update(events::table.find(Sql(row.id)))
                .set(events::outbox_due_at.eq(Sql(row.outbox_due_at)))
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

pub(super) fn known(
    c: &mut SqliteConnection,
    ids: &[EventId],
    external: &[(String, String)],
) -> QueryResult<Vec<KnownEvent>> {
    let mut rows: Vec<KnownEvent> = Vec::new();
    for id in ids {
        rows.extend(known_columns().find(Sql(*id)).first(c).optional()?);
    }
    for (source, id) in external {
        let row = known_columns()
            .filter(events::source.eq(source))
            .filter(events::external_id.eq(Some(id)));
        rows.extend(row.first(c).optional()?);
    }
    Ok(rows)
}

#[diesel::dsl::auto_type]
fn known_columns() -> _ {
    events::table.select((
        events::id,
        events::kind,
        events::source,
        events::external_id,
        events::data,
        events::routed_at.is_not_null(),
    ))
}

pub(crate) fn mark_routed(
    c: &mut SqliteConnection,
    ids: &[EventId],
    at: Instant,
) -> QueryResult<()> {
    for id in ids {
        let row = events::table
            .find(Sql(*id))
            .filter(events::routed_at.is_null());
        let left = (
            events::routed_at.eq(Sql(Some(at))),
            events::outbox_due_at.eq(Sql(None::<Instant>)),
        );
        diesel::update(row).set(left).execute(c)?;
    }
    Ok(())
}

pub(super) fn free_leases(c: &mut SqliteConnection, now: Instant) -> QueryResult<()> {
    let claimed = events::table.filter(events::outbox_due_at.gt(Sql(Some(now))));
    diesel::update(claimed)
        .set(events::outbox_due_at.eq(Sql(Some(now))))
        .execute(c)
        .map(drop)
}

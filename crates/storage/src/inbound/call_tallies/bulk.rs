//! Counting calls: their rows of `uncounted_calls` become sums.

use diesel::{
    ExpressionMethods, JoinOnDsl, QueryDsl, QueryResult, SqliteConnection, sql_types::Bool,
};
use domain::{Instant, id::IncomingWebhookId};

use crate::database::{
    bulk::blocking,
    conn::{Db, Link},
    error::Result,
    schema::{call_tallies, incoming_webhooks, uncounted_calls},
    sql_types::Sql,
};

/// Counts what is uncounted into the tallies; says how many incoming webhooks that concerned.
///
/// # Errors
/// [`crate::Error`] of the database; then nothing was counted.
pub async fn roll_up(db: &Db) -> Result<usize> {
    use diesel_async::RunQueryDsl;
    match &mut db.write().await?.link {
        Link::Pg(c) => Ok(RollUp {}.execute(c).await?),
        Link::Sqlite(c) => blocking(c, roll_up_sqlite).await,
    }
}

// What belongs to a webhook that is gone meanwhile is dropped.
statement!(
    RollUp {} -> Bool,
    "WITH gone AS (DELETE FROM uncounted_calls RETURNING webhook_id, called_at) \
     INSERT INTO call_tallies AS t (webhook_id, count, last_called_at) \
     SELECT g.webhook_id, count(*), max(g.called_at) FROM gone g JOIN incoming_webhooks w ON w.id = g.webhook_id GROUP BY g.webhook_id \
     ORDER BY g.webhook_id ON CONFLICT (webhook_id) DO UPDATE SET count = t.count + excluded.count, \
     last_called_at = greatest(t.last_called_at, excluded.last_called_at)"
);

fn roll_up_sqlite(c: &mut SqliteConnection) -> QueryResult<usize> {
    use diesel::RunQueryDsl;
    c.immediate_transaction(|c| {
        let rows: Vec<(IncomingWebhookId, i64, Option<Instant>)> = uncounted_calls::table
            .inner_join(
                incoming_webhooks::table.on(incoming_webhooks::id.eq(uncounted_calls::webhook_id)),
            )
            .group_by(uncounted_calls::webhook_id)
            .select((
                uncounted_calls::webhook_id,
                diesel::dsl::count_star(),
                diesel::dsl::max(uncounted_calls::called_at),
            ))
            .load(c)?;
        for (id, count, last) in &rows {
            let Some(last) = last else { continue };
            let tally = call_tallies::table.find(Sql(*id));
            let more = (
                call_tallies::count.eq(call_tallies::count + *count),
                call_tallies::last_called_at.eq(Sql(*last)),
            );
            if diesel::update(tally).set(more).execute(c)? == 0 {
                let first = (
                    call_tallies::webhook_id.eq(Sql(*id)),
                    call_tallies::count.eq(*count),
                    call_tallies::last_called_at.eq(Sql(*last)),
                );
                diesel::insert_into(call_tallies::table)
                    .values(first)
                    .execute(c)?;
            }
        }
        diesel::delete(uncounted_calls::table).execute(c)?;
        Ok(rows.len())
    })
}

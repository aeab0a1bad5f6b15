//! The log of calls, which each of them writes.

use diesel::{
    Connection, ExpressionMethods, QueryResult, SqliteConnection,
    sql_types::{Bool, Integer},
};
use diesel_async::AsyncPgConnection;

use super::Call;
use crate::database::{
    bulk::blocking,
    conn::{Conn, Link},
    error::Result,
    row::{Row, Rows},
    schema::{calls, uncounted_calls},
    sql_types::Sql,
};

/// The status of a call that succeeded.
const SUCCESS: i32 = 200;

/// Adds calls to the log, all or none; those with success are counted.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn insert(conn: &mut Conn, calls: &[Call]) -> Result<()> {
    match &mut conn.link {
        Link::Pg(c) => insert_pg(c, calls).await,
        Link::Sqlite(c) => {
            let calls = calls.to_vec();
            blocking(c, move |c| insert_sqlite(c, &calls)).await
        }
    }
}

statement!(
    AddCalls<'a> { rows: Rows<'a, Call>, success: i32 } -> Bool,
    "WITH added AS (INSERT INTO calls (", [columns Call], ") SELECT * FROM UNNEST(", [arrays rows],
    ") RETURNING webhook_id, status, created_at) INSERT INTO uncounted_calls (webhook_id, called_at) \
     SELECT webhook_id, created_at FROM added WHERE status = ", (success: Integer)
);

async fn insert_pg(c: &mut AsyncPgConnection, calls: &[Call]) -> Result<()> {
    use diesel_async::RunQueryDsl;
    let statement = AddCalls {
        rows: Call::arrays(calls),
        success: SUCCESS,
    };
    statement.execute(c).await?;
    Ok(())
}

/// All in one transaction: the one that is open, or one of its own.
fn insert_sqlite(c: &mut SqliteConnection, rows: &[Call]) -> QueryResult<()> {
    use diesel::RunQueryDsl;
    c.transaction(|c| {
        for call in rows {
            diesel::insert_into(calls::table)
                .values(call.clone())
                .execute(c)?;
            if call.status == SUCCESS {
                let tick = (
                    uncounted_calls::webhook_id.eq(Sql(call.webhook_id)),
                    uncounted_calls::called_at.eq(Sql(call.created_at)),
                );
                diesel::insert_into(uncounted_calls::table)
                    .values(tick)
                    .execute(c)?;
            }
        }
        Ok(())
    })
}

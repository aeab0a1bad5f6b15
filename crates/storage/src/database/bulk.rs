//! Bulk statements: each handles many rows in a constant number of statements, and is written once
//! for each database. PostgreSQL gets arrays through UNNEST in statements that stay prepared
//! (diesel prepares an insert of many rows, and each update, anew); their columns come from the
//! records ([`super::row`]). SQLite has no round trips to save: it gets one blocking call with
//! single statements, which stay prepared, and one transaction.
//!
//! A statement that stays prepared keeps the plan that it got when its tables were small or empty,
//! until they are analysed. So each must have one sensible plan only, whatever the statistics say:
//! [`super::pools`] tells the planner to prefer indexes; rows that a claim locks are looked up by
//! `id = ANY (ARRAY(SELECT …))`, which is one way to do it where a join leaves many; and
//! `num_nulls(due_at) = 0` says `due_at IS NOT NULL` without offering the partial index of all
//! that is due to a statement that has the ids. A test explains them all.

use std::marker::PhantomData;

use diesel::{
    QueryResult, SqliteConnection,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Bool,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{
    conn::{Conn, Link},
    error::Result,
    lite::Lite,
    row::{ColumnArrays, NewRow, Row, Rows},
    statement::push_columns,
};

/// Runs a whole unit of work on the connection's thread.
pub(crate) async fn blocking<T: Send + 'static>(
    c: &mut Lite,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T> {
    Ok(c.spawn_blocking(work).await?)
}

/// Adds rows, but none that is there already; says how many were added.
pub(crate) async fn add_new<R: NewRow>(conn: &mut Conn, rows: Vec<R>) -> Result<usize> {
    match &mut conn.link {
        _ if rows.is_empty() => Ok(0),
        Link::Pg(c) => add_new_pg(c, &rows).await,
        Link::Sqlite(c) => blocking(c, move |c| add_new_sqlite(c, rows)).await,
    }
}

pub(crate) async fn add_new_pg<'a, R: Row>(
    c: &mut AsyncPgConnection,
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<usize> {
    let statement = AddNew::<R> {
        rows: R::arrays(rows),
        _row: PhantomData,
    };
    Ok(statement.execute(c).await?)
}

pub(crate) fn add_new_sqlite<R: NewRow>(
    c: &mut SqliteConnection,
    rows: impl IntoIterator<Item = R>,
) -> QueryResult<usize> {
    rows.into_iter().map(|row| row.add_if_new(c)).sum()
}

struct AddNew<'a, R: Row> {
    rows: Rows<'a, R>,
    _row: PhantomData<fn() -> R>,
}

impl<R: Row> QueryId for AddNew<'_, R> {
    type QueryId = AddNew<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Row> Query for AddNew<'_, R> {
    type SqlType = Bool;
}

impl<R: Row> QueryFragment<Pg> for AddNew<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(R::TABLE);
        out.push_sql(" (");
        push_columns::<R>(&mut out, None);
        out.push_sql(") SELECT * FROM UNNEST(");
        self.rows.push(&mut out)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

//! Calls of incoming webhooks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    id::{CallId, IncomingWebhookId, UserId},
};

use crate::sql_types::Sql;
use crate::{Conn, Json, Page, Result, Window, schema::calls};

record! {
    /// A row of `calls`.
    calls: Call {
        id: CallId,
        webhook_id: IncomingWebhookId,
        user_id: Option<UserId>,
        /// The HTTP status that was answered.
        status: i32,
        /// `success`, or the problem's code.
        outcome: String,
        user_created: bool,
        changes: Json<serde_json::Value>,
        /// The fields that were sent, secrets masked.
        payload: Json<serde_json::Value>,
        source_address: Option<String>,
        duration_us: i64,
        created_at: Instant,
    }
}

/// How often an incoming webhook was called with success, and when last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: i64,
    pub last_called_at: Option<Instant>,
}

/// The call with this id.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: CallId) -> Result<Call> {
    on!(conn, |c| calls::table.find(Sql(id)).select(Call::as_select()).first(c))
}

/// A page of an incoming webhook's calls, newest first.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn list(conn: &mut Conn, webhook_id: IncomingWebhookId, window: &Window) -> Result<Page<Call>> {
    let rows = on!(conn, |c| {
        let query = calls::table.filter(calls::webhook_id.eq(Sql(webhook_id))).select(Call::as_select()).into_boxed();
        window!(query, calls::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds a call.
///
/// # Errors
/// [`crate::Error::Dangling`] when its incoming webhook is gone.
pub async fn insert(conn: &mut Conn, call: &Call) -> Result<()> {
    on!(conn, |c| diesel::insert_into(calls::table).values(call.clone()).execute(c)).map(drop)
}

/// The tallies of these incoming webhooks; those that were never called are left out.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn tallies(conn: &mut Conn, webhook_ids: &[IncomingWebhookId]) -> Result<Vec<(IncomingWebhookId, Tally)>> {
    if webhook_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(IncomingWebhookId, i64, Option<Instant>)> = on!(conn, |c| calls::table
        .filter(calls::webhook_id.eq_any(webhook_ids.iter().map(Sql)))
        .filter(calls::status.eq(200))
        .group_by(calls::webhook_id)
        .select((calls::webhook_id, diesel::dsl::count_star(), diesel::dsl::max(calls::created_at)))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, count, last_called_at)| (id, Tally { count, last_called_at })).collect())
}

/// Removes up to `limit` calls that came before an instant, oldest first; says how many.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn prune(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    // Ids begin with their time, so the primary key leads to the oldest.
    let first_after = CallId::first_at(before);
    let old = calls::table.filter(calls::id.lt(Sql(first_after))).order(calls::id.asc()).limit(limit);
    let ids: Vec<CallId> = on!(&mut *conn, |c| old.select(calls::id).load(c))?;
    on!(conn, |c| diesel::delete(calls::table.filter(calls::id.eq_any(ids.iter().copied().map(Sql)))).execute(c))
}

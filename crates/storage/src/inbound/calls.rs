//! Calls of incoming webhooks.

mod bulk;

pub use bulk::insert;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    id::{CallId, IncomingWebhookId, UserId},
};

use crate::database::{
    conn::Conn,
    error::Result,
    page::{Page, Window},
    schema::calls,
    sql_types::{JsonText, Sql},
};

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
        changes: JsonText<serde_json::Value>,
        /// The fields that were sent, secrets masked.
        payload: JsonText<serde_json::Value>,
        source_address: Option<String>,
        duration_us: i64,
        created_at: Instant,
    }
}

/// The call with this id.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: CallId) -> Result<Call> {
    on!(conn, |c| calls::table
        .find(Sql(id))
        .select(Call::as_select())
        .first(c))
}

/// Narrows a list of calls.
#[derive(Debug, Default)]
pub struct CallFilter {
    /// `success`, or a problem's code.
    pub outcome: Option<String>,
}

/// A page of an incoming webhook's calls, newest first.
pub async fn list(
    conn: &mut Conn,
    webhook_id: IncomingWebhookId,
    filter: &CallFilter,
    window: &Window,
) -> Result<Page<Call>> {
    let rows = on!(conn, |c| {
        let mut query = calls::table
            .filter(calls::webhook_id.eq(Sql(webhook_id)))
            .select(Call::as_select())
            .into_boxed();
        if let Some(outcome) = &filter.outcome {
            query = query.filter(calls::outcome.eq(outcome));
        }
        window!(query, calls::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Removes up to `limit` calls that came before an instant, oldest first; says how many. Tallies go
/// on counting them.
pub async fn prune(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    // Ids begin with their time, so the primary key leads to the oldest.
    let first_after = CallId::first_at(before);
    let old = calls::table
        .filter(calls::id.lt(Sql(first_after)))
        .order(calls::id.asc())
        .limit(limit);
    let ids: Vec<CallId> = on!(&mut *conn, |c| old.select(calls::id).load(c))?;
    on!(conn, |c| diesel::delete(
        calls::table.filter(calls::id.eq_any(ids.iter().copied().map(Sql)))
    )
    .execute(c))
}

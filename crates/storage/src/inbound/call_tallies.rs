//! How often incoming webhooks were called with success. Calls add rows to `uncounted_calls` (see
//! [`super::calls::insert`]); what is shown is always the sum of those and of the tallies.

mod bulk;

pub use bulk::roll_up;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, id::IncomingWebhookId};

use crate::database::{
    conn::Conn,
    error::Result,
    schema::{call_tallies, uncounted_calls},
    sql_types::Sql,
};

/// How often an incoming webhook was called with success, and when last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: i64,
    pub last_called_at: Option<Instant>,
}

impl Tally {
    fn add(&mut self, count: i64, last_called_at: Option<Instant>) {
        self.count += count;
        self.last_called_at = self.last_called_at.max(last_called_at);
    }
}

/// The tallies of these incoming webhooks, in their order.
pub async fn of(conn: &mut Conn, webhook_ids: &[IncomingWebhookId]) -> Result<Vec<Tally>> {
    if webhook_ids.is_empty() {
        return Ok(Vec::new());
    }
    // One statement, so that rows which are counted at this moment are seen on exactly one side.
    let rows: Vec<(IncomingWebhookId, i64, Option<Instant>)> = on!(conn, |c| {
        let counted = call_tallies::table
            .filter(call_tallies::webhook_id.eq_any(webhook_ids.iter().map(Sql)))
            .select((
                call_tallies::webhook_id,
                call_tallies::count,
                call_tallies::last_called_at.nullable(),
            ));
        let uncounted = uncounted_calls::table
            .filter(uncounted_calls::webhook_id.eq_any(webhook_ids.iter().map(Sql)))
            .group_by(uncounted_calls::webhook_id)
            .select((
                uncounted_calls::webhook_id,
                diesel::dsl::count_star(),
                diesel::dsl::max(uncounted_calls::called_at),
            ));
        counted.union_all(uncounted).load(c)
    })?;
    let tally = |id: &IncomingWebhookId| {
        let mut tally = Tally::default();
        rows.iter()
            .filter(|(webhook, _, _)| webhook == id)
            .for_each(|(_, count, last)| tally.add(*count, *last));
        tally
    };
    Ok(webhook_ids.iter().map(tally).collect())
}

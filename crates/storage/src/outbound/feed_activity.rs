//! How feeds have been doing lately. What it costs does not grow with history.

mod bulk;

pub(crate) use bulk::{count_pg, count_sqlite};

use std::collections::HashMap;

use chrono::{DurationRound, TimeDelta};
use diesel::{dsl::not, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{Instant, delivery::DeliveryState, id::FeedId};

use crate::database::{
    conn::Conn,
    error::Result,
    schema::{deliveries, feed_failures, feed_stats, feeds},
    sql_types::Sql,
};

/// Counters are kept for as long as anything asks for them.
const KEPT: TimeDelta = TimeDelta::hours(48);

record! {
    /// A row of `feed_stats`: deliveries that ended within an hour, as one worker counted them.
    feed_stats: FeedStat {
        feed_id: FeedId,
        hour: Instant,
        shard: i32,
        succeeded: i64,
        failed: i64,
    }
}

record! {
    /// A row of `feed_failures`: the feed fails, since that instant.
    feed_failures: FeedFailure {
        feed_id: FeedId,
        since: Instant,
    }
}

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptOutcome {
    pub feed: FeedId,
    pub at: Instant,
    pub succeeded: bool,
    /// No other attempt follows.
    pub is_last: bool,
    /// The counter of the worker that made it.
    pub shard: i32,
}

/// How one feed has been doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// The newest delivery that is no test.
    pub last: Option<LastDelivery>,
    /// The first attempt that failed since the last success; `None` while attempts succeed.
    pub failing_since: Option<Instant>,
    /// Deliveries that ended in the last 24 hours, the current one included.
    pub succeeded: i64,
    pub failed: i64,
}

/// Where a feed's newest delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastDelivery {
    pub state: DeliveryState,
    /// When it ended, or began if it has not.
    pub at: Instant,
    pub response_status: Option<i32>,
}

/// The start of an instant's hour.
fn hour(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

/// How these feeds have been doing: four statements, however many they are.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn of(
    conn: &mut Conn,
    ids: &[FeedId],
    now: Instant,
) -> Result<HashMap<FeedId, Activity>> {
    let mut all: HashMap<FeedId, Activity> =
        ids.iter().map(|id| (*id, Activity::default())).collect();
    if ids.is_empty() {
        return Ok(all);
    }
    let ids = || ids.iter().map(Sql);
    let since = hour(now) - TimeDelta::hours(23);
    let counts: Vec<(FeedId, i64, i64)> = on!(conn, |c| feed_stats::table
        .filter(feed_stats::feed_id.eq_any(ids()))
        .filter(feed_stats::hour.ge(Sql(since)))
        .select((
            feed_stats::feed_id,
            feed_stats::succeeded,
            feed_stats::failed
        ))
        .load(c))?;
    for (feed, succeeded, failed) in counts {
        let activity = all.entry(feed).or_default();
        activity.succeeded += succeeded;
        activity.failed += failed;
    }
    let failing: Vec<(FeedId, Instant)> = on!(conn, |c| feed_failures::table
        .filter(feed_failures::feed_id.eq_any(ids()))
        .select((feed_failures::feed_id, feed_failures::since))
        .load(c))?;
    for (feed, since) in failing {
        all.entry(feed).or_default().failing_since = Some(since);
    }
    // The newest of each by the index on (feed, id), then those rows.
    let newest: Vec<Option<domain::id::DeliveryId>> = on!(conn, |c| feeds::table
        .filter(feeds::id.eq_any(ids()))
        .select(
            deliveries::table
                .filter(deliveries::feed_id.eq(feeds::id))
                .filter(not(deliveries::is_test))
                .order(deliveries::id.desc())
                .select(deliveries::id)
                .single_value()
        )
        .load(c))?;
    type Row = (FeedId, DeliveryState, Instant, Option<Instant>, Option<i32>);
    let rows: Vec<Row> = on!(conn, |c| deliveries::table
        .filter(deliveries::id.eq_any(newest.iter().flatten().map(Sql)))
        .select((
            deliveries::feed_id,
            deliveries::state,
            deliveries::created_at,
            deliveries::finished_at,
            deliveries::last_response_status
        ))
        .load(c))?;
    for (feed, state, created_at, finished_at, response_status) in rows {
        let last = LastDelivery {
            state,
            at: finished_at.unwrap_or(created_at),
            response_status,
        };
        all.entry(feed).or_default().last = Some(last);
    }
    Ok(all)
}

/// Drops counters that nothing asks for any more, and what is left of feeds that were deleted; says
/// how many rows.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn prune(conn: &mut Conn, now: Instant) -> Result<usize> {
    let old = feed_stats::table.filter(feed_stats::hour.lt(Sql(now - KEPT)));
    let counters = on!(conn, |c| diesel::delete(old).execute(c))?;
    let lost = "DELETE FROM feed_failures WHERE feed_id NOT IN (SELECT id FROM feeds)";
    let failures = on!(conn, |c| diesel::sql_query(lost).execute(c))?;
    Ok(counters + failures)
}

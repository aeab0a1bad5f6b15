//! How feeds have been doing lately. What it costs does not grow with history.

mod bulk;

pub(crate) use bulk::{count_pg, count_sqlite};

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::{dsl::not, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    delivery::DeliveryState,
    id::{DeliveryId, FeedId},
};

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
    pub delivery: DeliveryId,
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
    let since = at.timestamp_micros().rem_euclid(3_600_000_000);
    at - TimeDelta::microseconds(since)
}

/// How these feeds have been doing: four statements, however many they are.
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
    for (feed, succeeded, failed) in counts(conn, ids, now).await? {
        let activity = all.entry(feed).or_default();
        activity.succeeded += succeeded;
        activity.failed += failed;
    }
    for failure in failures(conn, ids).await? {
        all.entry(failure.feed_id).or_default().failing_since = Some(failure.since);
    }
    for newest in newest(conn, ids).await? {
        all.entry(newest.feed_id).or_default().last = Some(LastDelivery {
            state: newest.state,
            at: newest.finished_at.unwrap_or(newest.created_at),
            response_status: newest.last_response_status,
        });
    }
    Ok(all)
}

/// Succeeded and failed deliveries of the last 24 hours, of each hour and shard.
async fn counts(conn: &mut Conn, ids: &[FeedId], now: Instant) -> Result<Vec<(FeedId, i64, i64)>> {
    let since = hour(now) - TimeDelta::hours(23);
    on!(conn, |c| feed_stats::table
        .filter(feed_stats::feed_id.eq_any(ids.iter().map(Sql)))
        .filter(feed_stats::hour.ge(Sql(since)))
        .select((
            feed_stats::feed_id,
            feed_stats::succeeded,
            feed_stats::failed
        ))
        .load(c))
}

async fn failures(conn: &mut Conn, ids: &[FeedId]) -> Result<Vec<FeedFailure>> {
    on!(conn, |c| feed_failures::table
        .filter(feed_failures::feed_id.eq_any(ids.iter().map(Sql)))
        .select(FeedFailure::as_select())
        .load(c))
}

/// What is shown of a feed's newest delivery.
#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct NewestDelivery {
    feed_id: FeedId,
    state: DeliveryState,
    created_at: Instant,
    finished_at: Option<Instant>,
    last_response_status: Option<i32>,
}

/// The newest delivery of each feed by the index on (feed, id), then those rows.
async fn newest(conn: &mut Conn, ids: &[FeedId]) -> Result<Vec<NewestDelivery>> {
    let newest: Vec<Option<DeliveryId>> = on!(conn, |c| feeds::table
        .filter(feeds::id.eq_any(ids.iter().map(Sql)))
        .select(
            deliveries::table
                .filter(deliveries::feed_id.eq(feeds::id))
                .filter(not(deliveries::is_test))
                .order(deliveries::id.desc())
                .select(deliveries::id)
                .single_value()
        )
        .load(c))?;
    on!(conn, |c| deliveries::table
        .filter(deliveries::id.eq_any(newest.iter().flatten().map(Sql)))
        .select(NewestDelivery::as_select())
        .load(c))
}

/// Drops counters that nothing asks for any more, and what is left of feeds that were deleted; says
/// how many rows.
pub async fn prune(conn: &mut Conn, now: Instant) -> Result<usize> {
    let old = feed_stats::table.filter(feed_stats::hour.lt(Sql(now - KEPT)));
    let counters = on!(conn, |c| diesel::delete(old).execute(c))?;
    let lost = "DELETE FROM feed_failures WHERE feed_id NOT IN (SELECT id FROM feeds)";
    let failures = on!(conn, |c| diesel::sql_query(lost).execute(c))?;
    Ok(counters + failures)
}

//! What the outcomes of attempts say about their feeds. Whatever a group holds, it costs three
//! statements at most, and none that waits for another worker: each counts in a shard of its own,
//! and whether a feed fails is written when it changes.

use std::collections::BTreeMap;

use chrono::{DurationRound, TimeDelta};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, SqliteConnection,
    sql_types::{Array, BigInt, Bool, Integer},
};
use diesel_async::AsyncPgConnection;
use domain::{Instant, id::FeedId};

use crate::{
    Result,
    schema::{feed_failures, feed_stats},
    sql_types::{Guid, Sql, Stamp},
};

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub feed: FeedId,
    pub at: Instant,
    pub succeeded: bool,
    /// No other attempt follows.
    pub is_last: bool,
    /// The counter of the worker that made it.
    pub shard: i32,
}

/// The outcomes of one feed.
#[derive(Default)]
struct Sum {
    succeeded: i64,
    failed: i64,
    any_success: bool,
    /// The first failure since the last success.
    failing_since: Option<Instant>,
}

/// Ordered by feed, so that no two workers lock the same rows in different orders.
type Sums = BTreeMap<(FeedId, i32), Sum>;

fn sum(outcomes: &[Outcome]) -> Sums {
    let mut sums = Sums::new();
    for outcome in outcomes {
        let sum = sums.entry((outcome.feed, outcome.shard)).or_default();
        if outcome.succeeded {
            sum.succeeded += 1;
            sum.any_success = true;
            sum.failing_since = None;
        } else {
            sum.failed += i64::from(outcome.is_last);
            sum.failing_since.get_or_insert(outcome.at);
        }
    }
    sums
}

/// The start of an instant's hour.
pub(crate) fn hour(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

statement!(
    Count { feeds: Vec<FeedId>, shards: Vec<i32>, succeeded: Vec<i64>, failed: Vec<i64>, hour: Instant } -> Bool,
    "INSERT INTO feed_stats (feed_id, hour, shard, succeeded, failed) SELECT t.feed, ", (hour: Stamp), ", t.shard, t.good, t.bad FROM UNNEST(",
    (feeds: Array<Guid>), ", ", (shards: Array<Integer>), ", ", (succeeded: Array<BigInt>), ", ", (failed: Array<BigInt>),
    ") t (feed, shard, good, bad) ON CONFLICT (feed_id, hour, shard) DO UPDATE \
     SET succeeded = feed_stats.succeeded + EXCLUDED.succeeded, failed = feed_stats.failed + EXCLUDED.failed"
);

statement!(
    Recover { feeds: Vec<FeedId> } -> Bool,
    "DELETE FROM feed_failures WHERE feed_id IN (SELECT feed_id FROM feed_failures WHERE feed_id = ANY(", (feeds: Array<Guid>),
    ") FOR UPDATE SKIP LOCKED)"
);

statement!(
    Fail { feeds: Vec<FeedId>, since: Vec<Instant> } -> Bool,
    "INSERT INTO feed_failures (feed_id, since) SELECT * FROM UNNEST(", (feeds: Array<Guid>), ", ", (since: Array<Stamp>),
    ") ON CONFLICT DO NOTHING"
);

pub(super) async fn pg(
    c: &mut AsyncPgConnection,
    outcomes: &[Outcome],
    now: Instant,
) -> Result<()> {
    use diesel_async::RunQueryDsl;
    let (sums, _life) = (sum(outcomes), std::marker::PhantomData);
    let counted: Vec<_> = sums
        .iter()
        .filter(|(_, sum)| sum.succeeded + sum.failed > 0)
        .collect();
    if !counted.is_empty() {
        let count = Count {
            feeds: counted.iter().map(|((feed, _), _)| *feed).collect(),
            shards: counted.iter().map(|((_, shard), _)| *shard).collect(),
            succeeded: counted.iter().map(|(_, sum)| sum.succeeded).collect(),
            failed: counted.iter().map(|(_, sum)| sum.failed).collect(),
            hour: hour(now),
            _life,
        };
        count.execute(c).await?;
    }
    let recovered: Vec<_> = sums
        .iter()
        .filter(|(_, sum)| sum.any_success)
        .map(|((feed, _), _)| *feed)
        .collect();
    if !recovered.is_empty() {
        Recover {
            feeds: recovered,
            _life,
        }
        .execute(c)
        .await?;
    }
    let (feeds, since): (Vec<_>, Vec<_>) = sums
        .iter()
        .filter_map(|((feed, _), sum)| Some((*feed, sum.failing_since?)))
        .unzip();
    if !feeds.is_empty() {
        Fail {
            feeds,
            since,
            _life,
        }
        .execute(c)
        .await?;
    }
    Ok(())
}

pub(super) fn sqlite(
    c: &mut SqliteConnection,
    outcomes: &[Outcome],
    now: Instant,
) -> QueryResult<()> {
    use diesel::RunQueryDsl;
    for ((feed, shard), sum) in sum(outcomes) {
        if sum.succeeded + sum.failed > 0 {
            let row = (
                feed_stats::feed_id.eq(Sql(feed)),
                feed_stats::hour.eq(Sql(hour(now))),
                feed_stats::shard.eq(shard),
                feed_stats::succeeded.eq(sum.succeeded),
                feed_stats::failed.eq(sum.failed),
            );
            diesel::insert_into(feed_stats::table)
                .values(row)
                .on_conflict((feed_stats::feed_id, feed_stats::hour, feed_stats::shard))
                .do_update()
                .set((
                    feed_stats::succeeded.eq(feed_stats::succeeded + sum.succeeded),
                    feed_stats::failed.eq(feed_stats::failed + sum.failed),
                ))
                .execute(c)?;
        }
        if sum.any_success {
            diesel::delete(feed_failures::table.find(Sql(feed))).execute(c)?;
        }
        if let Some(since) = sum.failing_since {
            let row = (
                feed_failures::feed_id.eq(Sql(feed)),
                feed_failures::since.eq(Sql(since)),
            );
            diesel::insert_into(feed_failures::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(c)?;
        }
    }
    Ok(())
}

//! What the outcomes of attempts say about their feeds. Whatever a group holds, it costs three
//! statements at most, and none that waits for another worker: each counts in a shard of its own,
//! and whether a feed fails is written when it changes.

use std::collections::BTreeMap;

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, SqliteConnection,
    sql_types::{Array, Bool},
};
use diesel_async::AsyncPgConnection;
use domain::{Instant, id::FeedId};

use super::{AttemptOutcome, FeedFailure, FeedStat, hour};
use crate::database::{
    bulk::{add_new_pg, add_new_sqlite},
    error::Result,
    row::{Row, Rows},
    schema::{feed_failures, feed_stats},
    sql_types::{Guid, Sql},
};

/// What a group of outcomes changes.
#[derive(Default)]
struct Counted {
    stats: Vec<FeedStat>,
    /// Feeds of which an attempt succeeded.
    recovered: Vec<FeedId>,
    /// Feeds whose last attempt failed, since the first failure after their last success.
    failing: Vec<FeedFailure>,
}

/// The outcomes of one feed.
#[derive(Default)]
struct Sum {
    succeeded: i64,
    failed: i64,
    any_success: bool,
    failing_since: Option<Instant>,
}

/// Ordered by feed, so that no two workers lock the same rows in different orders.
fn sum(outcomes: &[AttemptOutcome]) -> BTreeMap<(FeedId, i32), Sum> {
    let mut sums = BTreeMap::<_, Sum>::new();
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

fn count(outcomes: &[AttemptOutcome], now: Instant) -> Counted {
    let mut counted = Counted::default();
    for ((feed_id, shard), sum) in sum(outcomes) {
        if sum.succeeded + sum.failed > 0 {
            counted.stats.push(FeedStat {
                feed_id,
                hour: hour(now),
                shard,
                succeeded: sum.succeeded,
                failed: sum.failed,
            });
        }
        if sum.any_success {
            counted.recovered.push(feed_id);
        }
        if let Some(since) = sum.failing_since {
            counted.failing.push(FeedFailure { feed_id, since });
        }
    }
    counted
}

statement!(
    AddStats<'a> { rows: Rows<'a, FeedStat> } -> Bool,
    "INSERT INTO feed_stats (", [columns FeedStat], ") SELECT * FROM UNNEST(", [arrays rows],
    ") ON CONFLICT (feed_id, hour, shard) DO UPDATE \
     SET succeeded = feed_stats.succeeded + EXCLUDED.succeeded, failed = feed_stats.failed + EXCLUDED.failed"
);

statement!(
    Recover { feeds: Vec<FeedId> } -> Bool,
    "DELETE FROM feed_failures WHERE feed_id = ANY (ARRAY(SELECT feed_id FROM feed_failures WHERE feed_id = ANY(", (feeds: Array<Guid>),
    ") FOR UPDATE SKIP LOCKED))"
);

pub(crate) async fn count_pg(
    c: &mut AsyncPgConnection,
    outcomes: &[AttemptOutcome],
    now: Instant,
) -> Result<()> {
    use diesel_async::RunQueryDsl;
    let counted = count(outcomes, now);
    if !counted.stats.is_empty() {
        let statement = AddStats {
            rows: FeedStat::arrays(&counted.stats),
        };
        statement.execute(c).await?;
    }
    if !counted.recovered.is_empty() {
        let feeds = counted.recovered;
        Recover { feeds }.execute(c).await?;
    }
    if !counted.failing.is_empty() {
        add_new_pg(c, &counted.failing).await?;
    }
    Ok(())
}

pub(crate) fn count_sqlite(
    c: &mut SqliteConnection,
    outcomes: &[AttemptOutcome],
    now: Instant,
) -> QueryResult<()> {
    use diesel::RunQueryDsl;
    let counted = count(outcomes, now);
    for stat in counted.stats {
        let more = (
            feed_stats::succeeded.eq(feed_stats::succeeded + stat.succeeded),
            feed_stats::failed.eq(feed_stats::failed + stat.failed),
        );
        diesel::insert_into(feed_stats::table)
            .values(stat)
            .on_conflict((feed_stats::feed_id, feed_stats::hour, feed_stats::shard))
            .do_update()
            .set(more)
            .execute(c)?;
    }
    for feed in counted.recovered {
        diesel::delete(feed_failures::table.find(Sql(feed))).execute(c)?;
    }
    add_new_sqlite(c, counted.failing).map(drop)
}

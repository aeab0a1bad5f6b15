//! The statements of deliveries that decide throughput.

mod pg;
mod sqlite;

pub(crate) use pg::write_results as write_results_pg;
pub(crate) use sqlite::write_results as write_results_sqlite;

use domain::{Instant, id::FeedId};

use super::ClaimedDelivery;
use crate::database::{
    bulk::blocking,
    conn::{Db, Link},
    error::Result,
};

/// When the first unfinished delivery of each feed is, or was, due. The cost grows with the feeds
/// that have such deliveries, not with the deliveries.
pub async fn waiting_feeds(db: &Db) -> Result<Vec<(FeedId, Instant)>> {
    match &mut db.read().await?.link {
        Link::Pg(c) => pg::waiting_feeds(c).await,
        Link::Sqlite(c) => blocking(c, sqlite::waiting_feeds).await,
    }
}

/// Claims deliveries that are due until `until`: of each feed as many as wanted, oldest first. The
/// backlog of a feed costs the others nothing.
pub async fn claim_due(
    db: &Db,
    now: Instant,
    until: Instant,
    wanted: Vec<(FeedId, i64)>,
) -> Result<Vec<ClaimedDelivery>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    match &mut db.write().await?.link {
        Link::Pg(c) => pg::claim_due(c, now, until, &wanted).await,
        Link::Sqlite(c) => blocking(c, move |c| sqlite::claim_due(c, now, until, &wanted)).await,
    }
}

/// Frees everything that a dead process had claimed. Only for the embedded database, which one
/// process has to itself: there, at start, nobody can still be at work.
pub async fn free_leases(db: &Db, now: Instant) -> Result<()> {
    match &mut db.write().await?.link {
        Link::Pg(_) => Ok(()),
        Link::Sqlite(c) => blocking(c, move |c| sqlite::free_leases(c, now)).await,
    }
}

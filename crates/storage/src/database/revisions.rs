//! Counters that tell whether what is kept in memory is still what the tables hold.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{conn::Conn, error::Result, schema::revisions};

/// What has a counter of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    Feeds,
    EventTypes,
}

impl Revision {
    const fn name(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::EventTypes => "event_types",
        }
    }
}

/// The number that changes with every change.
pub(crate) async fn read(conn: &mut Conn, of: Revision) -> Result<i64> {
    on!(conn, |c| revisions::table
        .find(of.name())
        .select(revisions::value)
        .first(c))
}

/// Counts a change, in the transaction that makes it.
pub(crate) async fn bump(conn: &mut Conn, of: Revision) -> Result<()> {
    let row = revisions::table.find(of.name());
    on!(conn, |c| diesel::update(row)
        .set(revisions::value.eq(revisions::value + 1))
        .execute(c))
    .map(drop)
}

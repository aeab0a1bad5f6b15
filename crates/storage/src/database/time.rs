//! What time the database thinks it is.

use diesel::dsl::sql;
use diesel_async::RunQueryDsl;
use domain::Instant;

use super::{
    conn::{Conn, Link},
    error::Result,
    sql_types::Stamp,
};

/// The database's clock.
pub async fn now(conn: &mut Conn) -> Result<Instant> {
    let clock = match &mut conn.link {
        Link::Pg(_) => "clock_timestamp()",
        Link::Sqlite(_) => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
    };
    on!(conn, |c| diesel::select(sql::<Stamp>(clock)).get_result(c))
}

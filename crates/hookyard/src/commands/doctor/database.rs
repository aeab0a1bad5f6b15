//! The database: whether it answers, its schema, its clock.

use domain::Clock;
use storage::{Db, SchemaState, Window, events};

use super::{Finding, Flaw};
use crate::{config::Config, process};

/// By how many seconds clocks may differ.
const TOLERANCE: i64 = 5;
pub(super) const LOOK_AT_IT: &str = "look at the database";

/// Whether the embedded store was never created. Opening it would create it.
pub(super) fn is_fresh(config: &Config) -> bool {
    let url = config.database_url();
    url.file().is_some_and(|file| !file.exists())
}

/// Whether it answers.
pub(super) async fn check(config: &Config) -> (Option<Db>, Finding) {
    const FIX: &str = "start the database, or correct database.url";
    let db = match process::open_database(config) {
        Ok(db) => db,
        Err(error) => return (None, Flaw::found(error, FIX)),
    };
    let answer = async { storage::time::now(&mut db.read().await?).await }.await;
    let kind = if db.is_embedded() {
        "the embedded store opens"
    } else {
        "PostgreSQL answers"
    };

    let finding = match answer {
        Ok(_) if config.database_url().is_carelessly_plain() => Flaw::found(
            "the way to PostgreSQL is not encrypted",
            "add ?sslmode=verify-full to database.url, or sslmode=disable if it is meant",
        ),
        Ok(_) => Ok(kind.to_owned()),
        Err(error) => Flaw::found(error, FIX),
    };
    (Some(db), finding)
}

pub(super) async fn schema(db: &Db) -> Finding {
    match db.schema_state().await {
        Ok(SchemaState::Current) => Ok("up to date".into()),
        Ok(SchemaState::Compatible(n)) => Ok(format!(
            "{n} migration(s) are of a newer version, and compatible"
        )),
        Ok(SchemaState::Behind(n)) => Flaw::found(
            format!("{n} migration(s) are waiting"),
            "run: hookyard migrate",
        ),
        Ok(SchemaState::Ahead(n)) => Flaw::found(
            format!("{n} migration(s) are of a newer version"),
            "run that version of hookyard, or migrate down with it",
        ),
        Err(error) => Flaw::found(error, LOOK_AT_IT),
    }
}

/// Clocks that differ make retries early or late, and links and keys end at the wrong time.
pub(super) async fn clock(db: &Db) -> Finding {
    const FIX: &str = "synchronise the clocks of all machines (NTP)";
    let (ahead, newest) = match compare(db).await {
        Ok(compared) => compared,
        Err(error) => return Flaw::found(error, LOOK_AT_IT),
    };
    if ahead.abs() > TOLERANCE {
        let why = format!("the database's clock differs by {ahead} s from this machine's");
        return Flaw::found(why, FIX);
    }
    match newest {
        Some(future) if future > TOLERANCE => Flaw::found(
            format!("the newest event came {future} s in the future"),
            FIX,
        ),
        _ => Ok(format!("the database's clock differs by {ahead} s")),
    }
}

/// By how many seconds the database's clock, and the newest event, are ahead of this machine.
async fn compare(db: &Db) -> storage::Result<(i64, Option<i64>)> {
    let newest = Window {
        limit: 1,
        from: None,
    };
    let clock = Clock::system();
    let mut conn = db.read().await?;
    let ahead = (storage::time::now(&mut conn).await? - clock.now()).num_seconds();
    // An older schema may not have the table yet; then there are no events either.
    let event = events::list(&mut conn, &events::EventFilter::default(), &newest)
        .await
        .ok()
        .and_then(|page| page.rows.into_iter().next());
    let future = event.map(|event| (event.received_at - clock.now()).num_seconds());
    Ok((ahead, future))
}

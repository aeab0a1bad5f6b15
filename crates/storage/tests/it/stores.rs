//! Fresh stores to test on.

use std::{ops::AsyncFn, time::Duration};

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use storage::{Db, Settings};

fn settings(url: String) -> Settings {
    Settings {
        url,
        max_connections: 4,
        acquire_timeout: Duration::from_secs(5),
    }
}

/// Runs a test on a migrated SQLite file and, when DATABASE_URL is set, on a PostgreSQL database of
/// its own.
pub(crate) async fn on_each_store(test: impl AsyncFn(Db)) {
    on_each_empty_store(async |db| {
        db.migrate_up().await.expect("migrations run");
        test(db).await;
    })
    .await;
}

/// The same without the schema.
pub(crate) async fn on_each_empty_store(test: impl AsyncFn(Db)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.db");
    test(Db::open(&settings(format!("sqlite://{}", path.display()))).expect("SQLite opens")).await;

    let Ok(url) = std::env::var("DATABASE_URL") else {
        eprintln!("DATABASE_URL is not set: PostgreSQL is left out");
        return;
    };
    let name = format!("hookyard_storage_{}", uuid::Uuid::now_v7().simple());
    let mut admin = AsyncPgConnection::establish(&url)
        .await
        .expect("DATABASE_URL is reachable");
    diesel::sql_query(format!("CREATE DATABASE {name}"))
        .execute(&mut admin)
        .await
        .expect("may create databases");
    let mut own: url::Url = url.parse().expect("DATABASE_URL is a URL");
    own.set_path(&name);
    test(Db::open(&settings(own.to_string())).expect("PostgreSQL opens")).await;
    diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)"))
        .execute(&mut admin)
        .await
        .expect("drops");
}

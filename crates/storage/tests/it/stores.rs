//! Fresh stores to test on.

use std::{ops::AsyncFn, time::Duration};

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
    testing::on_each_store(async |url| {
        test(Db::open(&settings(url)).expect("the store opens")).await;
    })
    .await;
}

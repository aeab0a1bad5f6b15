//! Fresh stores to test on.

use std::ops::AsyncFn;

use domain::settings::Section;
use storage::{DatabaseSettings, Db};

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
    testing::on_each_store(async |url| test(open(&url)).await).await;
}

/// A store that exists, as one process opens it.
pub(crate) fn open(url: &str) -> Db {
    let url = url.parse().expect("a database's URL");
    Db::open(&url, &DatabaseSettings::defaults()).expect("the store opens")
}

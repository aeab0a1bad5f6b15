//! Who gets a connection, and what the last one who had it leaves behind.

use std::time::Duration;

use diesel_async::RunQueryDsl;
use domain::{Clock, settings::Section};
use futures_util::{FutureExt, future::join_all};
use storage::{
    DatabaseSettings, Db, Link, Signal,
    events::{self, EventRow},
};

use crate::{bulk::event, stores::on_each_store};

/// Everything that is done with a connection is broken off at each of its waiting points.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_breaks_off_leaves_nothing_to_the_next() {
    on_each_store(async |db| {
        let row = || vec![EventRow::waiting(event(None))];
        for polls in 0..40 {
            let unit = async {
                let mut tx = db.begin().await?;
                events::insert(&mut tx, row()).await?;
                events::insert(&mut tx, row()).await?;
                tokio::time::sleep(Duration::from_secs(60)).await;
                tx.commit().await
            };
            let mut unit = Box::pin(unit);
            for _ in 0..polls {
                assert!((&mut unit).now_or_never().is_none());
                tokio::task::yield_now().await;
            }
            drop(unit);
            let mut tx = db.begin().await.unwrap();
            let added = events::insert(&mut tx, row()).await.unwrap();
            tx.commit().await.unwrap();
            let mut conn = db.read().await.unwrap();
            assert!(events::find(&mut conn, added[0]).await.is_ok());
        }
        assert_eq!(
            db.signals().rings(Signal::Outbox),
            40,
            "only what was committed rang"
        );
        let now = Clock::system().now();
        let claimed = events::claim_outbox(&db, now, now + Duration::from_secs(60), 1000).await;
        assert_eq!(claimed.unwrap().len(), 40, "nor was anything else stored");
    })
    .await;
}

/// Each new connection costs PostgreSQL a process, and whoever waits for it some time.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_survives_whoever_breaks_off() {
    testing::on_each_store(async |url| {
        let mut settings = DatabaseSettings::defaults();
        settings.max_connections = 1;
        let db = Db::open(&url.parse().unwrap(), &settings).unwrap();
        if db.is_embedded() {
            return;
        }
        db.migrate_up().await.unwrap();
        let before = process(&db).await;
        for polls in 0..100 {
            let unit = async {
                let mut tx = db.begin().await?;
                events::insert(&mut tx, vec![EventRow::waiting(event(None))]).await?;
                tx.commit().await
            };
            let mut unit = Box::pin(unit);
            for _ in 0..polls {
                if (&mut unit).now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(unit);
        }
        assert_eq!(process(&db).await, before);
    })
    .await;
}

async fn process(db: &Db) -> i32 {
    let Link::Pg(c) = &mut db.read().await.unwrap().link else {
        unreachable!("PostgreSQL has processes")
    };
    diesel::select(pg_backend_pid()).first(c).await.unwrap()
}

diesel::define_sql_function! {
    /// The process of PostgreSQL that serves the connection.
    fn pg_backend_pid() -> diesel::sql_types::Integer;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_are_all_taken_do_not_stop_who_has_their_own() {
    on_each_store(async |db| {
        let engine = db.with_own_connections(2).unwrap();
        let all = DatabaseSettings::defaults().max_connections;
        let taken = join_all((0..all).map(|_| db.read())).await;
        assert!(taken.iter().all(Result::is_ok));
        let rung = engine.signals().rings(Signal::Outbox);
        let mut conn = engine.read().await.unwrap();
        assert!(events::find(&mut conn, event(None).id).await.is_err());
        let mut tx = engine.begin().await.unwrap();
        let row = vec![EventRow::waiting(event(None))];
        events::insert(&mut tx, row).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            db.signals().rings(Signal::Outbox),
            rung + 1,
            "both hear the same signals"
        );
    })
    .await;
}

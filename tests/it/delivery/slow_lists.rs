//! Lists that take long beside deliveries, in one process.

use std::time::Duration;

use futures_util::future::join_all;
use hookyard_tests::{App, Database, PATIENCE, Profile, Receiver, Reply, binary, fixtures, until};
use serde_json::json;

const EVENTS: usize = 20;

/// `serve` on PostgreSQL, whose tables can be locked against lists from outside. That SQLite's
/// readers are kept apart is tested where they can be held, in the tests of `storage`.
#[tokio::test]
async fn lists_that_hang_do_not_stop_deliveries() {
    let database = Database::create().await;
    let app = App::configured(Profile::Embedded, |settings| {
        settings
            .set("database.url", &database.url)
            .set(
                "secrets.master_key",
                "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
            )
            .set("database.max_connections", "4");
        let mut migrate = binary::command(&["migrate"], &std::env::temp_dir());
        settings.apply(&mut migrate);
        assert!(migrate.status().unwrap().success());
    })
    .await;
    // Everything fails once, so that what is counted below needs nothing but the worker.
    let receiver = Receiver::ruled(|n, _| Reply::status(if n < EVENTS { 503 } else { 200 }));
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let events: Vec<_> = (0..20)
        .map(|n| json!({ "type": "order.paid", "data": fixtures::order(n) }))
        .collect();
    let lock = database
        .execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT");
    let lists = async {
        until("the table is locked", PATIENCE, async || {
            let locks = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'users'::regclass";
            (!database.query(locks).await.is_empty()).then_some(())
        })
        .await;
        app.api.create_events(&events).await.ok(202);
        receiver.wait_for(EVENTS).await;
        let hang = join_all((0..16).map(|_| app.api.list_users("")));
        let retries = async {
            receiver
                .wait_within(2 * EVENTS, Duration::from_secs(4))
                .await;
        };
        tokio::join!(hang, retries);
    };
    tokio::join!(lock, lists);
}

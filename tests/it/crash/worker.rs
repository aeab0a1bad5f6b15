//! SIGKILL of what sends, while 1,000 deliveries are under way.

use std::time::Duration;

use hookyard_tests::{App, Process, Profile, Receiver, both_profiles, fixtures, until};
use serde_json::json;

use super::{counted, orders};

both_profiles!(
    a_killed_worker_loses_nothing,
    killed_between_its_answers_it_loses_nothing,
    a_retry_survives_the_kill
);

const EVENTS: u64 = 1000;
const DEADLINE: Duration = Duration::from_secs(90);

async fn a_killed_worker_loses_nothing(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    receiver.hold();
    let more = json!({ "max_in_flight": 256, "timeout_ms": 5000 });
    fixtures::feed(&app.api, &receiver, &["order.paid"], more).await;
    app.api.create_events(&orders(0..EVENTS)).await.ok(202);
    receiver.wait_for(256).await;
    app.kill9(Process::Worker);
    let before = receiver.count();
    receiver.release();
    app.restart(Process::Worker).await;
    let got = everything(&receiver).await;
    let counts = counted(&got);
    assert_eq!(counts.len() as u64, EVENTS);
    assert!(
        counts.values().all(|times| *times <= 2),
        "at least once, rarely twice: {counts:?}"
    );
    assert!(
        got.len() <= EVENTS as usize + before,
        "only what was in flight comes again: {} of {before}",
        got.len()
    );
    same_id_for_repeats(&got);
}

async fn killed_between_its_answers_it_loses_nothing(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "max_in_flight": 8, "timeout_ms": 5000 }),
    )
    .await;
    app.api.create_events(&orders(0..EVENTS)).await.ok(202);
    for part in [200, 500] {
        receiver.wait_for(part).await;
        app.kill9(Process::Worker);
        app.restart(Process::Worker).await;
    }
    let got = everything(&receiver).await;
    assert_eq!(counted(&got).len() as u64, EVENTS);
    assert!(got.len() < EVENTS as usize + 700, "{} requests", got.len());
    until("every delivery is recorded", DEADLINE, async || {
        let list = app
            .api
            .list_deliveries("?state=succeeded&limit=1")
            .await
            .ok(200)
            .list();
        let open = [
            app.api.list_deliveries("?state=pending").await,
            app.api.list_deliveries("?state=in_flight").await,
        ];
        (list.len() == 1
            && open
                .into_iter()
                .all(|answer| answer.ok(200).list().is_empty()))
        .then_some(())
    })
    .await;
    assert_eq!(
        app.api.all("/v1/deliveries?state=succeeded").await.len() as u64,
        EVENTS
    );
}

async fn a_retry_survives_the_kill(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::replying([
        hookyard_tests::Reply::status(500),
        hookyard_tests::Reply::status(200),
    ]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [2] }),
    )
    .await;
    let event = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&event, &feed, "pending").await;
    app.kill9(Process::Worker);
    app.restart(Process::Worker).await;
    let delivery = app.api.delivery(&event, &feed, "succeeded").await;
    assert_eq!(
        (&delivery["attempt_count"], receiver.count()),
        (&json!(2), 2)
    );
}

/// Waits until every event has come.
async fn everything(receiver: &Receiver) -> Vec<hookyard_tests::Received> {
    until("every event is at the receiver", DEADLINE, async || {
        if (receiver.count() as u64) < EVENTS {
            return None;
        }
        let got = receiver.received();
        (counted(&got).len() as u64 == EVENTS).then_some(got)
    })
    .await
}

/// Receivers can drop repeats by their id.
fn same_id_for_repeats(got: &[hookyard_tests::Received]) {
    let mut ids = std::collections::HashMap::new();
    for request in got {
        let number = request.json()["data"]["order"]["id"].as_u64();
        let id = ids
            .entry(number)
            .or_insert_with(|| request.header("webhook-id").to_owned());
        assert_eq!(id, request.header("webhook-id"));
    }
}

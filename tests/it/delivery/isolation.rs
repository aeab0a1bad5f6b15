//! One feed never hurts another.

use std::time::{Duration, Instant};

use hookyard_tests::{App, Profile, Receiver, Reply, both_profiles, fixtures};
use serde_json::json;

both_profiles!(
    a_receiver_that_hangs_delays_only_its_own,
    a_lane_is_as_wide_as_the_feed_says,
    failing_receivers_do_not_slow_others
);

async fn a_receiver_that_hangs_delays_only_its_own(profile: Profile) {
    let app = App::start(profile).await;
    let (slow, fast) = (Receiver::start(), Receiver::start());
    slow.hold();
    let stuck = fixtures::feed(
        &app.api,
        &slow,
        &["order.paid"],
        json!({ "timeout_ms": 60_000 }),
    )
    .await;
    fixtures::feed(&app.api, &fast, &["order.paid"], json!({})).await;
    let started = Instant::now();
    for _ in 0..3 {
        let events: Vec<_> = (0..200)
            .map(|n| json!({ "type": "order.paid", "data": fixtures::order(n) }))
            .collect();
        app.api.create_events(&events).await.ok(202);
    }
    fast.wait_for(600).await;
    assert!(
        started.elapsed() < Duration::from_secs(25),
        "the timeout of the slow one was not waited for"
    );
    assert_eq!(slow.count(), 16, "as many as its lane has room for");
    slow.release();
    slow.wait_for(600).await;
    let failed = app
        .api
        .list_feed_deliveries(&stuck, "?state=failed")
        .await
        .ok(200)
        .list();
    assert_eq!(failed.len(), 0);
}

async fn a_lane_is_as_wide_as_the_feed_says(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    receiver.hold();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "max_in_flight": 3, "timeout_ms": 60_000 }),
    )
    .await;
    let events: Vec<_> = (0..50)
        .map(|n| json!({ "type": "order.paid", "data": fixtures::order(n) }))
        .collect();
    app.api.create_events(&events).await.ok(202);
    receiver.wait_for(3).await;
    // Another feed's whole round trip later there are still no more.
    let other = Receiver::start();
    fixtures::feed(&app.api, &other, &["order.shipped"], json!({})).await;
    app.api
        .create_event(&json!({ "type": "order.shipped", "data": {} }))
        .await
        .ok(202);
    other.wait_for(1).await;
    assert_eq!(receiver.count(), 3);
    receiver.release();
    let got = receiver.wait_for(50).await;
    let numbers: std::collections::HashSet<_> = got
        .iter()
        .filter_map(|r| r.json()["data"]["order"]["id"].as_u64())
        .collect();
    assert_eq!(
        (numbers, got.len()),
        ((0..50).collect(), 50),
        "each exactly once"
    );
}

async fn failing_receivers_do_not_slow_others(profile: Profile) {
    let app = App::start(profile).await;
    let good = Receiver::start();
    let mut bad = Vec::new();
    for status in [500, 503, 302, 400] {
        let receiver = Receiver::replying([Reply::status(status)]);
        fixtures::feed(
            &app.api,
            &receiver,
            &["*"],
            json!({ "retry_schedule": [600] }),
        )
        .await;
        bad.push(receiver);
    }
    let gone = Receiver::start();
    fixtures::feed(&app.api, &gone, &["*"], json!({ "retry_schedule": [600] })).await;
    drop(gone);
    fixtures::feed(&app.api, &good, &["order.paid"], json!({})).await;
    let events: Vec<_> = (0..100)
        .map(|n| json!({ "type": "order.paid", "data": fixtures::order(n) }))
        .collect();
    app.api.create_events(&events).await.ok(202);
    assert_eq!(good.wait_for(100).await.len(), 100);
    for receiver in bad {
        receiver.wait_for(100).await;
    }
}

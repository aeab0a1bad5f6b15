//! Where requests may not go.

use hookyard_tests::{App, Process, Profile, Receiver, both_profiles, fixtures};
use serde_json::json;

both_profiles!(
    addresses_that_are_not_public_are_blocked,
    only_the_opened_network_is_open
);

async fn addresses_that_are_not_public_are_blocked(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::start();
    let literal = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let by_name = json!({ "url": receiver.url("/").replace("127.0.0.1", "localhost") });
    let named = fixtures::feed(&app.api, &receiver, &["order.paid"], by_name).await;
    // The feeds were saved while the network was open; now it is not.
    app.settings.unset("delivery.allow_networks");
    app.stop(Process::Worker).await;
    app.restart(Process::Worker).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    for feed in [literal, named] {
        let delivery = app.api.delivery(&event, &feed, "failed").await;
        assert_eq!(
            (&delivery["state_reason"], &delivery["attempt_count"]),
            (&json!("blocked"), &json!(1))
        );
        let attempt = &delivery["attempts"][0];
        assert_eq!(
            (&attempt["response"], &attempt["error"]["code"]),
            (&json!(null), &json!("blocked"))
        );
    }
    assert_eq!(receiver.count(), 0);
}

async fn only_the_opened_network_is_open(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.set("delivery.allow_networks", "127.0.0.1/32")
    })
    .await;
    let receiver = Receiver::start();
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&event, &feed, "succeeded").await;
    for host in [
        "127.0.0.2",
        "127.1",
        "[::1]",
        "0.0.0.0",
        "[::ffff:127.0.0.2]",
        "10.0.0.1",
    ] {
        let url = receiver.url("/").replace("127.0.0.1", host);
        let answer = app.api.update_feed(&feed, &json!({ "url": url })).await;
        // 127.1 is another spelling of 127.0.0.1.
        let expected = if host == "127.1" { 200 } else { 422 };
        assert_eq!(answer.status, expected, "{host}: {answer:?}");
    }
}

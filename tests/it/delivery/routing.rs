//! Which feed gets which event.

use hookyard_tests::{
    App, PATIENCE, Profile, Receiver, both_profiles,
    fixtures::{self, id},
    until,
};
use serde_json::json;

both_profiles!(
    feeds_get_what_they_listen_to,
    conditions_decide,
    changes_of_a_feed_count_at_once
);

/// Waits until an event has been routed, and gives the number of its deliveries.
async fn deliveries(app: &App, event: &str) -> usize {
    until("the event is routed", PATIENCE, async || {
        app.api.read_event(event).await.ok(200).json()["routed_at"]
            .is_string()
            .then_some(())
    })
    .await;
    app.api
        .list_deliveries(&format!("?event_id={event}"))
        .await
        .ok(200)
        .list()
        .len()
}

async fn feeds_get_what_they_listen_to(profile: Profile) {
    let app = App::start(profile).await;
    let receivers = [
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
        Receiver::start(),
    ];
    for (receiver, events) in receivers.iter().zip([
        &["order.paid"][..],
        &["order.*", "order.paid"],
        &["*"],
        &["subscription.*"],
    ]) {
        fixtures::feed(&app.api, receiver, events, json!({})).await;
    }
    fixtures::event_type(&app.api, "quiz.passed").await;
    for kind in [
        "order.paid",
        "order_paid_done",
        "order.shipped",
        "quiz.passed",
    ] {
        let event = id(&app
            .api
            .create_event(&json!({ "type": kind, "data": {} }))
            .await
            .ok(202)
            .json());
        deliveries(&app, &event).await;
    }
    for (receiver, expected) in receivers.iter().zip([2, 3, 4, 0]) {
        receiver.wait_for(expected).await;
    }
    let counts: Vec<_> = receivers.iter().map(Receiver::count).collect();
    assert_eq!(counts, [2, 3, 4, 0]);
}

async fn conditions_decide(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let condition =
        json!({ "condition": "data.order.currency == 'EUR' and data.order.total_amount > 1000" });
    fixtures::feed(&app.api, &receiver, &["order.paid"], condition).await;
    let mut counts = Vec::new();
    for (currency, amount) in [("EUR", 7485), ("USD", 7485), ("EUR", 10)] {
        let data = json!({ "order": { "currency": currency, "total_amount": amount } });
        let event = id(&app
            .api
            .create_event(&json!({ "type": "order.paid", "data": data }))
            .await
            .ok(202)
            .json());
        counts.push(deliveries(&app, &event).await);
    }
    assert_eq!(
        (counts, receiver.wait_for(1).await.len()),
        (vec![1, 0, 0], 1)
    );
}

async fn changes_of_a_feed_count_at_once(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let before = fixtures::order_paid(&app.api, 1).await;
    assert_eq!(deliveries(&app, &before).await, 0);
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let send_until = async |what: &str, there: bool| {
        until(what, PATIENCE, async || {
            let event = fixtures::order_paid(&app.api, 2).await;
            ((deliveries(&app, &event).await == 1) == there).then_some(())
        })
        .await;
    };
    send_until("the new feed gets events", true).await;
    app.api.disable_feed(&feed).await.ok(200);
    send_until("the disabled feed gets none", false).await;
    app.api.enable_feed(&feed).await.ok(200);
    send_until("the enabled feed gets events again", true).await;
    app.api.delete_feed(&feed).await.ok(204);
    send_until("the deleted feed gets none", false).await;
    let numbers: Vec<_> = receiver
        .received()
        .iter()
        .map(|r| r.json()["data"]["order"]["id"].as_u64())
        .collect();
    assert!(
        !numbers.contains(&Some(1)),
        "nothing is sent of what happened before"
    );
}

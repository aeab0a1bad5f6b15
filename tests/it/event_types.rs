//! /v1/event-types

pub(crate) mod schemas;

use hookyard_tests::{App, Profile, Receiver, both_profiles, fixtures};
use serde_json::json;

both_profiles!(
    the_catalogue_is_complete_and_in_order,
    the_fields_of_a_type_can_be_picked,
    a_custom_type_can_be_sent,
    built_in_types_cannot_be_changed,
);

const STORE: [(&str, &str, &str); 11] = [
    (
        "order.paid",
        "Order Paid (Payment / Subscription)",
        "Orders",
    ),
    ("order.canceled", "Order Canceled", "Orders"),
    ("order.refunded", "Order Refunded (Full)", "Orders"),
    (
        "subscription.activated",
        "Subscription Activated",
        "Subscriptions",
    ),
    (
        "subscription.reactivated",
        "Subscription Reactivated",
        "Subscriptions",
    ),
    (
        "subscription.canceled",
        "Subscription Canceled",
        "Subscriptions",
    ),
    (
        "subscription.renewed",
        "Subscription Renewed",
        "Subscriptions",
    ),
    (
        "subscription.completed",
        "Subscription End of Term (Completed)",
        "Subscriptions",
    ),
    (
        "subscription.expired",
        "Subscription Expired / End of Access Validity",
        "Subscriptions",
    ),
    ("order.shipped", "Order Shipped", "Shipping"),
    ("order.delivered", "Order Delivered", "Shipping"),
];

async fn the_catalogue_is_complete_and_in_order(profile: Profile) {
    let app = App::start(profile).await;
    let listed = app.api.all("/v1/event-types").await;
    let told = |key: &str, i: usize| listed[i][key].as_str().unwrap().to_owned();
    for (i, (name, label, group)) in STORE.iter().enumerate() {
        assert_eq!(
            (told("name", i), told("label", i), told("group", i)),
            ((*name).into(), (*label).into(), (*group).into())
        );
    }
    let one = app.api.read_event_type("order.paid").await.ok(200).json();
    assert_eq!(one, listed[0]);
    assert_eq!(one["example"]["order"]["total_amount"], 7485);
    app.api
        .read_event_type("order.lost")
        .await
        .problem(404, "not_found");
}

async fn the_fields_of_a_type_can_be_picked(profile: Profile) {
    let app = App::start(profile).await;
    let fields = app
        .api
        .list_event_type_fields("order.paid")
        .await
        .ok(200)
        .json();
    let fields = fields
        .as_array()
        .or(fields["data"].as_array())
        .expect("a list")
        .clone();
    let total = fields
        .iter()
        .find(|field| field["path"] == "data.order.total_amount")
        .expect("the order's total");
    assert_eq!(
        total.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["path", "label", "group", "type", "example"]
    );
    assert_eq!(
        (&total["type"], &total["example"], &total["group"]),
        (&json!("number"), &json!(7485), &json!("Order"))
    );
    assert!(
        fields
            .iter()
            .any(|field| field["path"] == "data.order_items.0.title")
    );
    let mut groups: Vec<_> = fields
        .iter()
        .map(|field| field["group"].as_str().unwrap())
        .collect();
    groups.dedup();
    let documented = [
        "Customer",
        "Order",
        "Transaction",
        "Items",
        "Subscription",
        "Shipping address",
        "Billing address",
        "Tax",
        "License",
    ];
    assert_eq!(groups, [&documented[..], &["Event"]].concat());
    let by_alias = app
        .api
        .list_event_type_fields("order_paid_done")
        .await
        .ok(200)
        .list();
    assert_eq!(by_alias, fields);
    app.api
        .list_event_type_fields("order.lost")
        .await
        .problem(404, "not_found");
}

async fn a_custom_type_can_be_sent(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let refused = json!({ "title": "x", "url": receiver.url("/"), "events": ["quiz.passed"], "enabled": true });
    assert_eq!(
        app.api.create_feed(&refused).await.invalid()[0],
        ("/events/0".to_owned(), "unknown_event_type".to_owned())
    );
    let body = json!({ "name": "quiz.passed", "label": "Quiz Passed", "group": "Quizzes", "example": { "quiz": { "score": 9 } } });
    let made = app.api.create_event_type(&body).await.ok(201);
    assert!(
        made.header("location")
            .is_some_and(|url| url.ends_with("/v1/event-types/quiz.passed")),
        "{made:?}"
    );
    app.api
        .create_event_type(&body)
        .await
        .problem(409, "event_type_taken");
    let fields = app
        .api
        .list_event_type_fields("quiz.passed")
        .await
        .ok(200)
        .json()
        .to_string();
    assert!(fields.contains("data.quiz.score"), "{fields}");
    let feed = fixtures::feed(&app.api, &receiver, &["quiz.passed"], json!({})).await;
    app.api
        .create_event(&json!({ "type": "quiz.passed", "data": { "quiz": { "score": 7 } } }))
        .await
        .ok(202);
    assert_eq!(
        receiver.wait_for(1).await[0].json()["data"]["quiz"]["score"],
        7
    );
    let changed = app
        .api
        .update_event_type("quiz.passed", &json!({ "label": "Passed" }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&changed["label"], &changed["group"]),
        (&json!("Passed"), &json!("Quizzes"))
    );
    app.api
        .delete_event_type("quiz.passed")
        .await
        .problem(409, "event_type_in_use");
    app.api.delete_feed(&feed).await.ok(204);
    app.api.delete_event_type("quiz.passed").await.ok(204);
    app.api
        .read_event_type("quiz.passed")
        .await
        .problem(404, "not_found");
}

async fn built_in_types_cannot_be_changed(profile: Profile) {
    let app = App::start(profile).await;
    app.api
        .update_event_type("order.paid", &json!({ "label": "Sold" }))
        .await
        .problem(409, "built_in_event_type");
    app.api
        .delete_event_type("order.paid")
        .await
        .problem(409, "built_in_event_type");
    for name in ["order.paid", "order_paid_done"] {
        let body = json!({ "name": name, "label": "x", "group": "x", "example": {} });
        let taken = vec![("/name".to_owned(), "built_in_event_type".to_owned())];
        assert_eq!(
            app.api.create_event_type(&body).await.invalid(),
            taken,
            "{name}"
        );
    }
    let wrong = json!({ "name": "Quiz Passed", "label": "x", "group": "x", "example": [1] });
    let pointers: Vec<_> = app
        .api
        .create_event_type(&wrong)
        .await
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(pointers, ["/name", "/example"]);
}

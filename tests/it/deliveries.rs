//! /v1/deliveries

use std::collections::HashSet;

use hookyard_tests::{
    App, Profile, Receiver, Reply, both_profiles,
    fixtures::{self, id, ids},
};
use serde_json::json;

both_profiles!(
    an_attempt_shows_request_and_response,
    an_attempt_without_an_answer_says_why,
    long_answers_are_cut,
    signatures_are_masked_and_data_is_for_readers_of_events,
    deliveries_are_filtered,
);

async fn an_attempt_shows_request_and_response(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(201).header("x-answer", "42").body("thanks")]);
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let delivery = app.api.delivery(&event, &feed, "succeeded").await;
    assert_eq!(
        (
            &delivery["event_type"],
            &delivery["event_id"],
            &delivery["feed_id"]
        ),
        (&json!("order.paid"), &json!(event), &json!(feed))
    );
    assert_eq!(
        (
            &delivery["attempt_count"],
            &delivery["last_response_status"]
        ),
        (&json!(1), &json!(201))
    );
    assert!(
        delivery["finished_at"].is_string() && delivery["next_attempt_at"].is_null(),
        "{delivery}"
    );
    let (attempt, got) = (&delivery["attempts"][0], &receiver.received()[0]);
    assert_eq!(
        (&attempt["number"], &attempt["error"]),
        (&json!(1), &json!(null))
    );
    assert!(
        attempt["duration_ms"].is_number() && attempt["started_at"].is_string(),
        "{attempt}"
    );
    assert!(
        attempt["remote_address"]
            .as_str()
            .is_some_and(|at| receiver.url("").ends_with(at)),
        "{attempt}"
    );
    let (request, response) = (&attempt["request"], &attempt["response"]);
    assert_eq!(
        (&request["method"], &request["url"]),
        (&json!("POST"), &json!(receiver.url("/hook")))
    );
    assert_eq!(request["body"].as_str().unwrap().as_bytes(), got.body);
    for header in request["headers"].as_array().unwrap() {
        let name = header["name"].as_str().unwrap();
        assert!(got.headers.contains_key(name), "{name} was not sent");
    }
    assert_eq!(
        (
            &response["status"],
            &response["body"],
            &response["truncated"]
        ),
        (&json!(201), &json!("thanks"), &json!(false))
    );
    assert!(
        response["headers"]
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "x-answer", "value": "42" })),
        "{response}"
    );
}

async fn an_attempt_without_an_answer_says_why(profile: Profile) {
    let app = App::start(profile).await;
    let (silent, gone) = (Receiver::start(), Receiver::start());
    silent.hold();
    let late = fixtures::feed(
        &app.api,
        &silent,
        &["order.paid"],
        json!({ "timeout_ms": 1000, "retry_schedule": [] }),
    )
    .await;
    let refused = fixtures::feed(
        &app.api,
        &gone,
        &["order.paid"],
        json!({ "retry_schedule": [] }),
    )
    .await;
    drop(gone);
    let event = fixtures::order_paid(&app.api, 1).await;
    for (feed, code) in [(&late, "timeout"), (&refused, "connect")] {
        let delivery = app.api.delivery(&event, feed, "failed").await;
        assert_eq!(
            (&delivery["state_reason"], &delivery["last_response_status"]),
            (&json!("exhausted"), &json!(null))
        );
        let attempt = &delivery["attempts"][0];
        assert_eq!(
            (&attempt["response"], &attempt["error"]["code"]),
            (&json!(null), &json!(code))
        );
        assert!(
            attempt["error"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{attempt}"
        );
    }
}

async fn long_answers_are_cut(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(200).body("é".repeat(100_000))]);
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let response = &app.api.delivery(&event, &feed, "succeeded").await["attempts"][0]["response"];
    let body = response["body"].as_str().unwrap();
    assert!(
        (2048..=4100).contains(&body.len()) && body.starts_with('é'),
        "{} bytes",
        body.len()
    );
    assert_eq!(response["truncated"], true);
}

async fn deliveries_are_filtered(profile: Profile) {
    let app = App::start(profile).await;
    let (good, bad) = (Receiver::start(), Receiver::replying([Reply::status(503)]));
    let fine = fixtures::feed(&app.api, &good, &["*"], json!({})).await;
    let failing = fixtures::feed(
        &app.api,
        &bad,
        &["order.paid"],
        json!({ "retry_schedule": [600] }),
    )
    .await;
    let first = fixtures::order_paid(&app.api, 1).await;
    let other = id(&app
        .api
        .create_event(&json!({ "type": "order.shipped", "data": {} }))
        .await
        .ok(202)
        .json());
    let paid = id(&app.api.delivery(&first, &fine, "succeeded").await);
    let shipped = id(&app.api.delivery(&other, &fine, "succeeded").await);
    let waiting = id(&app.api.delivery(&first, &failing, "pending").await);
    for (query, expected) in [
        (format!("?feed_id={fine}"), [&paid, &shipped].as_slice()),
        (format!("?event_id={first}"), &[&paid, &waiting]),
        ("?event_type=order.shipped".into(), &[&shipped]),
        ("?state=pending".into(), &[&waiting]),
        ("?response_status=503".into(), &[&waiting]),
        ("?since=2100-01-01T00:00:00Z".into(), &[]),
        ("?until=2020-01-01T00:00:00Z".into(), &[]),
        (
            "?since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z".into(),
            &[&paid, &shipped, &waiting],
        ),
        (
            format!("?feed_id={fine}&event_type=order.paid&state=succeeded"),
            &[&paid],
        ),
    ] {
        let found: HashSet<_> = ids(&app.api.list_deliveries(&query).await.ok(200).list())
            .into_iter()
            .collect();
        assert_eq!(
            found,
            expected.iter().map(|id| (*id).clone()).collect(),
            "{query}"
        );
    }
    assert_eq!(
        app.api.list_deliveries("?state=lost").await.invalid()[0].0,
        "state"
    );
    assert_eq!(
        ids(&app
            .api
            .list_feed_deliveries(&failing, "")
            .await
            .ok(200)
            .list()),
        [waiting]
    );
    assert!(
        app.api.list_deliveries("").await.ok(200).list()[0]
            .get("attempts")
            .is_none(),
        "only on the single delivery"
    );
}

async fn signatures_are_masked_and_data_is_for_readers_of_events(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let posted = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let fields = json!([{ "key": "n", "value": "{{ data.order.id }}" }]);
    let get = json!({ "method": "GET", "body": { "mode": "selected", "fields": fields } });
    let got = fixtures::feed(&app.api, &receiver, &["order.paid"], get).await;
    let event = fixtures::order_paid(&app.api, 9041).await;
    let limited = app.api.limited_to(&["deliveries:read"]).await;
    let reader = app
        .api
        .limited_to(&["deliveries:read", "events:read"])
        .await;
    for feed in [posted, got] {
        let delivery = id(&app.api.delivery(&event, &feed, "succeeded").await);
        let request = |delivery: serde_json::Value| delivery["attempts"][0]["request"].clone();
        let whole = request(reader.read_delivery(&delivery).await.ok(200).json());
        assert!(whole.to_string().contains("9041"), "{whole}");
        let bare = request(limited.read_delivery(&delivery).await.ok(200).json());
        assert!(
            bare["body"].is_null() && !bare.to_string().contains("9041"),
            "{bare}"
        );
        for request in [whole, bare] {
            let signature = json!({ "name": "webhook-signature", "value": "v1,***" });
            let headers = request["headers"].as_array().unwrap();
            assert!(headers.contains(&signature), "{request}");
        }
    }
}

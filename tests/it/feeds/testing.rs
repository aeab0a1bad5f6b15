//! Trying feeds out.

use hookyard_tests::{
    App, Profile, Receiver, Reply, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

both_profiles!(
    a_test_goes_the_real_way_once_and_to_its_feed_alone,
    a_test_does_not_count,
    drafts_that_are_complete_can_be_tested,
    a_test_that_is_slow_is_answered_in_time,
);

/// Sample data, recognisable, on record, and heard by nobody else.
async fn a_test_goes_the_real_way_once_and_to_its_feed_alone(profile: Profile) {
    let app = App::start(profile).await;
    let (receiver, other) = (Receiver::start(), Receiver::start());
    // The condition is about real events.
    let more =
        json!({ "condition": "data.order.total_amount < 0", "format": "form", "method": "PUT" });
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], more).await;
    fixtures::feed(&app.api, &other, &["*"], json!({})).await;
    let tested = app.api.test_feed(&feed, &json!({})).await.ok(200).json();
    let facts = (
        &tested["state"],
        &tested["is_test"],
        &tested["event_type"],
        &tested["attempt_count"],
    );
    assert_eq!(
        facts,
        (
            &json!("succeeded"),
            &json!(true),
            &json!("order.paid"),
            &json!(1)
        )
    );
    assert_eq!(tested["attempts"][0]["response"]["status"], 200);
    let got = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (
            got.method.as_str(),
            got.header("hookyard-event"),
            got.header("hookyard-test")
        ),
        ("PUT", "order.paid", "true")
    );
    let secret = app.api.read_feed_secret(&feed).await.ok(200).json()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    standardwebhooks::Webhook::new(&secret)
        .unwrap()
        .verify(&got.body, &got.headers)
        .unwrap();
    assert_eq!(
        tested["attempts"][0]["request"]["body"],
        json!(std::str::from_utf8(&got.body).unwrap())
    );
    // Another type sends its example; without a body the default does.
    let tested = app
        .api
        .test_feed(&feed, &json!({ "event_type": "order_paid_done" }))
        .await
        .ok(200)
        .json();
    let got = receiver.wait_for(2).await.remove(1);
    assert_eq!(
        (&tested["event_type"], got.header("hookyard-test")),
        (&json!("order.paid"), "true")
    );
    assert!(got.pairs().contains(&(
        "data[customer][email]".into(),
        "ines.marlow@example.org".into()
    )));
    app.api.act(&format!("/v1/feeds/{feed}/test")).await.ok(200);
    assert_eq!(
        app.api
            .test_feed(&feed, &json!({ "event_type": "no.such" }))
            .await
            .invalid()[0]
            .0,
        "/event_type"
    );
    // It can be read afterwards, like its event, which nobody can forge.
    let read = app.api.read_delivery(&id(&tested)).await.ok(200).json();
    assert_eq!(read, tested);
    let event = app
        .api
        .read_event(tested["event_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&event["source"], event["routed_at"].is_string()),
        (&json!("hookyard.test"), true)
    );
    let forged = json!({ "type": "order.paid", "data": {}, "source": "hookyard.test" });
    assert_eq!(
        app.api.create_event(&forged).await.invalid()[0].0,
        "/source"
    );
    // What comes through the pipeline later has passed the other feed by now.
    fixtures::order_paid(&app.api, 7).await;
    let heard = other.wait_for(1).await;
    assert_eq!(
        (
            heard.len(),
            heard[0].header("hookyard-event"),
            heard[0].headers.get("hookyard-test")
        ),
        (1, "order.paid", None)
    );
}

async fn a_test_does_not_count(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(500), Reply::status(410), Reply::status(200)]);
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let failed = app.api.test_feed(&feed, &json!({})).await.ok(200).json();
    assert_eq!(
        (
            &failed["state"],
            &failed["next_attempt_at"],
            &failed["last_response_status"]
        ),
        (&json!("failed"), &json!(null), &json!(500))
    );
    app.api.test_feed(&feed, &json!({})).await.ok(200);
    let entry = app.api.list_feeds("").await.ok(200).list().remove(0);
    assert_eq!(
        (
            &entry["state"],
            &entry["failing_since"],
            &entry["last_delivery"]
        ),
        (&json!("enabled"), &json!(null), &json!(null))
    );
    assert_eq!(
        entry["deliveries_24h"],
        json!({ "succeeded": 0, "failed": 0 })
    );
    let event = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&event, &feed, "succeeded").await;
    assert_eq!(receiver.count(), 3, "no test is tried again");
}

/// A draft is tested before it is enabled, and told whole what it lacks.
async fn drafts_that_are_complete_can_be_tested(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let draft = id(&app
        .api
        .create_feed(&json!({ "title": "Draft", "enabled": false }))
        .await
        .ok(201)
        .json());
    let lacks: Vec<_> = app
        .api
        .test_feed(&draft, &json!({}))
        .await
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(lacks, ["/url", "/events"]);
    let parts = json!({ "url": receiver.url("/"), "events": ["webhook.test"], "body": { "mode": "selected", "fields": [{ "key": "m", "value": "{{ data.message }}" }] } });
    app.api.update_feed(&draft, &parts).await.ok(200);
    let tested = app.api.test_feed(&draft, &json!({})).await.ok(200).json();
    assert_eq!(
        (&tested["state"], receiver.wait_for(1).await[0].json()),
        (
            &json!("succeeded"),
            json!({ "m": "This is a test from Hookyard." })
        )
    );
    let wrong = json!({ "body": { "mode": "selected", "fields": [{ "key": "m", "value": "{{ data.message - 1 }}" }] } });
    app.api.update_feed(&draft, &wrong).await.ok(200);
    assert_eq!(
        app.api.test_feed(&draft, &json!({})).await.invalid()[0].0,
        "/body/fields/0/value"
    );
    assert_eq!(
        (
            app.api.read_feed(&draft).await.json()["enabled"].clone(),
            receiver.count()
        ),
        (json!(false), 1)
    );
}

async fn a_test_that_is_slow_is_answered_in_time(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    receiver.hold();
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "timeout_ms": 1000 }),
    )
    .await;
    let tested = app.api.test_feed(&feed, &json!({})).await;
    assert!([200, 202].contains(&tested.status), "{tested:?}");
    let done = app
        .api
        .delivery(tested.json()["event_id"].as_str().unwrap(), &feed, "failed")
        .await;
    assert_eq!(done["attempts"][0]["error"]["code"], "timeout");
}

//! What happens at the edges of a delivery's life.

use hookyard_tests::{
    App, PATIENCE, Profile, Receiver, Reply, both_profiles,
    fixtures::{self, id},
    until,
};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

both_profiles!(
    two_types_at_once_are_two_deliveries,
    what_waits_is_canceled_with_its_feed_and_stays_so,
    what_was_sent_is_recorded_as_sent_though_its_feed_has_ended,
    the_next_attempt_uses_what_was_edited,
    a_get_appends_to_its_query_and_has_no_body,
    a_get_that_is_too_long_fails_for_good,
    each_attempt_is_signed_at_its_own_time,
    what_arrives_late_is_told_by_its_id_and_time,
);

/// One feed, two types that happen together: two deliveries with ids of their own.
async fn two_types_at_once_are_two_deliveries(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid", "order.shipped"],
        json!({}),
    )
    .await;
    let both = [
        json!({ "type": "order.paid", "data": {} }),
        json!({ "type": "order.shipped", "data": {} }),
    ];
    app.api.create_events(&both).await.ok(202);
    let mut got: Vec<_> = receiver
        .wait_for(2)
        .await
        .iter()
        .map(|one| one.header("hookyard-event").to_owned())
        .collect();
    got.sort_unstable();
    assert_eq!(got, ["order.paid", "order.shipped"]);
    let ids = receiver.received();
    assert_ne!(ids[0].header("webhook-id"), ids[1].header("webhook-id"));
}

/// Disabling or deleting a feed ends what waits, enabling resurrects nothing, and history
/// stays readable.
async fn what_waits_is_canceled_with_its_feed_and_stays_so(profile: Profile) {
    let app = App::start(profile).await;
    for (end, reason) in [("disable", "feed_disabled"), ("delete", "feed_deleted")] {
        let receiver = Receiver::replying([Reply::status(503)]);
        let feed = fixtures::feed(
            &app.api,
            &receiver,
            &["order.paid"],
            json!({ "retry_schedule": [600] }),
        )
        .await;
        let event = fixtures::order_paid(&app.api, 1).await;
        app.api.delivery(&event, &feed, "pending").await;
        match end {
            "disable" => app.api.disable_feed(&feed).await.ok(200),
            _ => app.api.delete_feed(&feed).await.ok(204),
        };
        let canceled = app.api.delivery(&event, &feed, "canceled").await;
        assert_eq!(
            (
                &canceled["state_reason"],
                canceled["attempts"].as_array().unwrap().len()
            ),
            (&json!(reason), 1)
        );
        if end == "disable" {
            app.api.enable_feed(&feed).await.ok(200);
            assert_eq!(
                app.api.read_delivery(&id(&canceled)).await.ok(200).json()["state"],
                "canceled"
            );
            app.api.disable_feed(&feed).await.ok(200);
        }
        assert_eq!(receiver.count(), 1);
    }
}

/// Disabling and deleting a feed cancel no request that is under way.
async fn what_was_sent_is_recorded_as_sent_though_its_feed_has_ended(profile: Profile) {
    let app = App::start(profile).await;
    for end in ["disable", "delete"] {
        let receiver = Receiver::start();
        receiver.hold();
        let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
        let event = fixtures::order_paid(&app.api, 1).await;
        app.api.delivery(&event, &feed, "in_flight").await;
        match end {
            "disable" => app.api.disable_feed(&feed).await.ok(200),
            _ => app.api.delete_feed(&feed).await.ok(204),
        };
        receiver.release();
        let sent = app.api.delivery(&event, &feed, "succeeded").await;
        assert_eq!(sent["attempts"].as_array().unwrap().len(), 1, "{end}");
        assert_eq!(receiver.count(), 1);
    }
}

/// URL and headers are those of the attempt; the log keeps what each used.
async fn the_next_attempt_uses_what_was_edited(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(503), Reply::status(200)]);
    let more = json!({ "url": receiver.url("/old"), "headers": [{ "name": "X-V", "value": "1" }], "retry_schedule": [2] });
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], more).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&event, &feed, "pending").await;
    let edited =
        json!({ "url": receiver.url("/new"), "headers": [{ "name": "X-V", "value": "2" }] });
    app.api.update_feed(&feed, &edited).await.ok(200);
    let done = app.api.delivery(&event, &feed, "succeeded").await;
    let got = receiver.wait_for(2).await;
    assert_eq!((got[0].path.as_str(), got[0].header("x-v")), ("/old", "1"));
    assert_eq!(
        (got[1].path.as_str(), got[1].header("x-v"), &got[1].body),
        ("/new", "2", &got[0].body)
    );
    let urls: Vec<_> = done["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["request"]["url"].clone())
        .collect();
    assert_eq!(
        urls,
        [json!(receiver.url("/old")), json!(receiver.url("/new"))]
    );
}

/// The pairs follow the URL's own, whose order and repeats stay; there is no body and no
/// Content-Type.
async fn a_get_appends_to_its_query_and_has_no_body(profile: Profile) {
    let app = App::start(profile).await;
    for (own, before) in [
        ("?b=2&a=1&b=%C3%A9", "b=2&a=1&b=%C3%A9&"),
        ("?", ""),
        ("", ""),
        ("?lone", "lone&"),
    ] {
        let receiver = Receiver::start();
        let fields =
            json!([{ "key": "b", "value": "{{ data.order.id }}" }, { "key": "ü", "value": "ö &" }]);
        let more = json!({ "method": "GET", "url": receiver.url(&format!("/x{own}")), "body": { "mode": "selected", "fields": fields } });
        let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], more).await;
        fixtures::order_paid(&app.api, 7).await;
        let got = &receiver.wait_for(1).await[0];
        assert_eq!(
            got.query.as_deref(),
            Some(format!("{before}b=7&%C3%BC=%C3%B6+%26").as_str()),
            "{own}"
        );
        assert!(got.body.is_empty(), "{got:?}");
        for name in ["content-type", "content-length", "transfer-encoding"] {
            assert!(got.headers.get(name).is_none(), "{name}");
        }
        app.api.delete_feed(&feed).await.ok(204);
    }
}

async fn a_get_that_is_too_long_fails_for_good(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    // Its example is short.
    fixtures::event_type(&app.api, "note.sent").await;
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["note.sent"],
        json!({ "method": "GET" }),
    )
    .await;
    let long = json!({ "type": "note.sent", "data": { "note": "x".repeat(9000) } });
    let event = id(&app.api.create_event(&long).await.ok(202).json());
    let failed = app.api.delivery(&event, &feed, "failed").await;
    assert_eq!(
        (
            &failed["attempt_count"],
            &failed["attempts"][0]["error"]["code"]
        ),
        (&json!(1), &json!("too_large"))
    );
    assert!(
        failed["attempts"][0]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("POST"),
        "{failed}"
    );
    // It counts like every failure.
    until("the failure is counted", PATIENCE, async || {
        let entry: Value = app.api.list_feeds("").await.ok(200).list().remove(0);
        (entry["deliveries_24h"]["failed"] == 1 && entry["failing_since"].is_string()).then_some(())
    })
    .await;
    assert_eq!(receiver.count(), 0);
}

/// The time that is signed is that of the attempt; the event's own stays.
async fn each_attempt_is_signed_at_its_own_time(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(500), Reply::status(200)]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [2] }),
    )
    .await;
    let old = json!({ "type": "order.paid", "data": {}, "occurred_at": "2020-02-29T12:00:00Z" });
    app.api.create_event(&old).await.ok(202);
    let got = receiver.wait_for(2).await;
    let secret = app.api.read_feed_secret(&feed).await.ok(200).json()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    for request in &got {
        // The library takes only what was signed within the last minutes.
        Webhook::new(&secret)
            .unwrap()
            .verify(&request.body, &request.headers)
            .unwrap();
        assert_eq!(request.json()["timestamp"], "2020-02-29T12:00:00Z");
    }
    assert_ne!(
        got[0].header("webhook-timestamp"),
        got[1].header("webhook-timestamp")
    );
}

/// Order is not promised, but ids and times of events grow, so that receivers can drop what
/// is stale.
async fn what_arrives_late_is_told_by_its_id_and_time(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(500), Reply::status(200)]);
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.*"],
        json!({ "retry_schedule": [1] }),
    )
    .await;
    let send = async |n: u64| {
        app.api
            .create_event(&json!({ "type": "order.paid", "data": { "n": n } }))
            .await
            .ok(202)
    };
    send(0).await;
    receiver.wait_for(1).await;
    for n in 1..8 {
        send(n).await;
    }
    let got = receiver.wait_for(9).await;
    let mut arrived: Vec<_> = got.iter().map(|request| request.json()).collect();
    arrived.remove(0);
    for key in ["id", "timestamp"] {
        arrived.sort_by_key(|event| event[key].as_str().unwrap().to_owned());
        let order: Vec<_> = arrived
            .iter()
            .map(|event| event["data"]["n"].as_u64().unwrap())
            .collect();
        assert_eq!(order, (0..8).collect::<Vec<_>>(), "by {key}");
    }
}

//! What follows from an answer.

use std::time::Duration;

use hookyard_tests::{
    App, PATIENCE, Process, Profile, Receiver, Reply, both_profiles,
    fixtures::{self, id},
    until,
};
use serde_json::json;

both_profiles!(
    a_500_is_tried_again,
    the_end_of_the_schedule_is_the_end_and_an_event,
    a_410_disables_the_feed,
    what_fails_for_good_is_logged_once,
    a_retry_after_is_waited_for,
    redirects_are_not_followed,
    client_errors_end_it_when_the_feed_says_so,
    a_body_that_cannot_be_rendered_fails_for_good,
);

async fn a_500_is_tried_again(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(500), Reply::status(429), Reply::status(200)]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [1, 1] }),
    )
    .await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let delivery = app.api.delivery(&event, &feed, "succeeded").await;
    let told: Vec<_> = delivery["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (&a["number"], &a["response"]["status"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!(1), &json!(500)),
            (&json!(2), &json!(429)),
            (&json!(3), &json!(200))
        ]
    );
    assert_eq!(
        (&delivery["attempt_count"], receiver.count()),
        (&json!(3), 3)
    );
    let got = receiver.received();
    for pair in got.windows(2) {
        let pause = pair[1].at - pair[0].at;
        assert!(
            pause >= Duration::from_millis(700),
            "a second, give or take 20 %: {pause:?}"
        );
    }
}

async fn the_end_of_the_schedule_is_the_end_and_an_event(profile: Profile) {
    let app = App::start(profile).await;
    let (broken, watcher) = (Receiver::replying([Reply::status(503)]), Receiver::start());
    let feed = fixtures::feed(
        &app.api,
        &broken,
        &["order.paid", "delivery.*"],
        json!({ "retry_schedule": [1] }),
    )
    .await;
    fixtures::feed(&app.api, &watcher, &["delivery.exhausted"], json!({})).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let delivery = app.api.delivery(&event, &feed, "failed").await;
    assert_eq!(
        (&delivery["state_reason"], &delivery["attempt_count"]),
        (&json!("exhausted"), &json!(2))
    );
    let told = watcher.wait_for(1).await[0].json();
    assert_eq!(
        (&told["type"], &told["data"]["feed"]["id"]),
        (&json!("delivery.exhausted"), &json!(feed))
    );
    assert_eq!(told["data"]["delivery"]["id"], delivery["id"]);
    assert_eq!(
        app.api
            .list_feed_deliveries(&feed, "")
            .await
            .ok(200)
            .list()
            .len(),
        1,
        "a feed never hears of itself"
    );
    assert_eq!(
        app.api.read_feed(&feed).await.ok(200).json()["state"],
        "enabled"
    );
}

/// At the log level that everybody has.
async fn what_fails_for_good_is_logged_once(profile: Profile) {
    let mut app = App::start(profile).await;
    let (broken, gone) = (
        Receiver::replying([Reply::status(404)]),
        Receiver::replying([Reply::status(410)]),
    );
    let once = json!({ "retry_schedule": [] });
    let feeds = [
        fixtures::feed(&app.api, &broken, &["order.paid"], once.clone()).await,
        fixtures::feed(&app.api, &gone, &["order.paid"], once).await,
    ];
    let event = fixtures::order_paid(&app.api, 1).await;
    for feed in &feeds {
        app.api.delivery(&event, feed, "failed").await;
    }
    let lines = async |app: &mut App, text: &str, feed: &str| {
        let log = app.log(Process::Worker);
        let about = |line: &&String| line.contains(text) && line.contains(feed);
        log.iter().filter(about).count()
    };
    for _ in 0..200 {
        if lines(&mut app, "a feed was disabled", &feeds[1]).await > 0 {
            break;
        }
        fixtures::order_paid(&app.api, 2).await;
    }
    assert_eq!(lines(&mut app, "a feed was disabled", &feeds[1]).await, 1);
    assert_eq!(lines(&mut app, "a feed was disabled", &feeds[0]).await, 0);
    let first = app.api.delivery(&event, &feeds[0], "failed").await;
    assert_eq!(lines(&mut app, "failed for good", &id(&first)).await, 1);
}

async fn a_410_disables_the_feed(profile: Profile) {
    let app = App::start(profile).await;
    let (gone, watcher) = (
        Receiver::replying([Reply::status(500), Reply::status(410)]),
        Receiver::start(),
    );
    let feed = fixtures::feed(
        &app.api,
        &gone,
        &["order.*"],
        json!({ "retry_schedule": [600] }),
    )
    .await;
    fixtures::feed(&app.api, &watcher, &["feed.disabled"], json!({})).await;
    let waiting = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&waiting, &feed, "pending").await;
    let event = fixtures::order_paid(&app.api, 2).await;
    let delivery = app.api.delivery(&event, &feed, "failed").await;
    assert_eq!(
        (&delivery["state_reason"], &delivery["last_response_status"]),
        (&json!("receiver_gone"), &json!(410))
    );
    let told = watcher.wait_for(1).await[0].json();
    assert_eq!(
        (&told["type"], &told["data"]["feed"]["id"]),
        (&json!("feed.disabled"), &json!(feed))
    );
    let read = app.api.read_feed(&feed).await.ok(200).json();
    assert_eq!(
        (&read["enabled"], &read["state"], &read["state_reason"]),
        (
            &json!(false),
            &json!("auto_disabled"),
            &json!("receiver_gone")
        )
    );
    let canceled = app.api.delivery(&waiting, &feed, "canceled").await;
    assert_eq!(
        canceled["state_reason"], "feed_disabled",
        "what waited is canceled"
    );
    until("new events pass the feed by", PATIENCE, async || {
        let event = fixtures::order_paid(&app.api, 3).await;
        let read = until("it is routed", PATIENCE, async || {
            let read = app.api.read_event(&event).await.ok(200).json();
            read["routed_at"].is_string().then_some(read)
        });
        (read.await["delivery_counts"] == json!({})).then_some(())
    })
    .await;
    let again = app.api.enable_feed(&feed).await.ok(200).json();
    assert_eq!(
        (&again["state"], &again["state_reason"]),
        (&json!("enabled"), &json!(null))
    );
}

async fn a_retry_after_is_waited_for(profile: Profile) {
    let app = App::start(profile).await;
    let busy = Reply::status(503).header("retry-after", "3");
    let receiver = Receiver::replying([busy, Reply::status(200)]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [1] }),
    )
    .await;
    let event = fixtures::order_paid(&app.api, 1).await;
    app.api.delivery(&event, &feed, "succeeded").await;
    let got = receiver.received();
    let pause = got[1].at - got[0].at;
    assert!(pause >= Duration::from_millis(2900), "{pause:?}");
}

async fn redirects_are_not_followed(profile: Profile) {
    let app = App::start(profile).await;
    let elsewhere = Receiver::start();
    let receiver = Receiver::replying([Reply::status(302).header("location", &elsewhere.url("/"))]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [] }),
    )
    .await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let delivery = app.api.delivery(&event, &feed, "failed").await;
    let response = &delivery["attempts"][0]["response"];
    let location = json!({ "name": "location", "value": elsewhere.url("/") });
    assert!(
        response["status"] == 302 && response["headers"].as_array().unwrap().contains(&location),
        "{response}"
    );
    assert_eq!(elsewhere.count(), 0);
}

async fn client_errors_end_it_when_the_feed_says_so(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(404)]);
    let patient = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [600] }),
    )
    .await;
    let strict = json!({ "retry_schedule": [600], "retry_client_errors": false });
    let strict = fixtures::feed(&app.api, &receiver, &["order.paid"], strict).await;
    let event = fixtures::order_paid(&app.api, 1).await;
    assert_eq!(
        app.api.delivery(&event, &strict, "failed").await["state_reason"],
        "client_error"
    );
    app.api.delivery(&event, &patient, "pending").await;
}

async fn a_body_that_cannot_be_rendered_fails_for_good(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let body = json!({ "mode": "selected", "fields": [{ "key": "x", "value": "{{ data.order.id - 1 }}" }] });
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "body": body }),
    )
    .await;
    let event = json!({ "type": "order.paid", "data": { "order": { "id": "not a number" } } });
    let event = id(&app.api.create_event(&event).await.ok(202).json());
    let delivery = app.api.delivery(&event, &feed, "failed").await;
    assert_eq!(
        (
            &delivery["state_reason"],
            &delivery["attempts"][0]["error"]["code"]
        ),
        (&json!("render"), &json!("render"))
    );
    assert_eq!(receiver.count(), 0);
    let good = fixtures::order_paid(&app.api, 7).await;
    app.api.delivery(&good, &feed, "succeeded").await;
    assert_eq!(receiver.received()[0].json(), json!({ "x": 6 }));
}

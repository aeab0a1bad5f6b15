//! How feeds have been doing, in their list.

use hookyard_tests::{
    App, PATIENCE, Process, Profile, Receiver, Reply, both_profiles, fixtures, until,
};
use serde_json::{Value, json};

both_profiles!(
    the_list_tells_how_feeds_have_been_doing,
    a_toggle_takes_true_and_false_only,
    the_loser_of_two_edits_is_told
);

async fn the_list_tells_how_feeds_have_been_doing(profile: Profile) {
    let mut app = App::start(profile).await;
    let receiver = Receiver::replying([
        Reply::status(200),
        Reply::status(200),
        Reply::status(500),
        Reply::status(200),
    ]);
    let (good, silent) = (Receiver::start(), Receiver::start());
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "title": "Flaky", "retry_schedule": [] }),
    )
    .await;
    fixtures::feed(&app.api, &good, &["order.paid"], json!({ "title": "Good" })).await;
    fixtures::feed(
        &app.api,
        &silent,
        &["order.shipped"],
        json!({ "title": "Silent" }),
    )
    .await;
    let entry = async |api: &hookyard_tests::Client, title: &str| -> Value {
        let found = api
            .list_feeds(&format!("?search={title}"))
            .await
            .ok(200)
            .list();
        assert_eq!(found.len(), 1);
        found[0].clone()
    };
    let never = json!({ "last_delivery": null, "failing_since": null, "deliveries_24h": { "succeeded": 0, "failed": 0 } });
    let of = |entry: &Value| {
        let keys = ["last_delivery", "failing_since", "deliveries_24h"];
        Value::Object(
            keys.iter()
                .map(|key| ((*key).to_owned(), entry[*key].clone()))
                .collect(),
        )
    };
    assert_eq!(of(&entry(&app.api, "Silent").await), never);
    for number in 1..=3 {
        let event = fixtures::order_paid(&app.api, number).await;
        app.api
            .delivery(
                &event,
                &feed,
                if number < 3 { "succeeded" } else { "failed" },
            )
            .await;
    }
    let failing = entry(&app.api, "Flaky").await;
    assert_eq!(
        failing["deliveries_24h"],
        json!({ "succeeded": 2, "failed": 1 })
    );
    assert_eq!(
        (
            &failing["last_delivery"]["state"],
            &failing["last_delivery"]["response_status"]
        ),
        (&json!("failed"), &json!(500))
    );
    assert!(failing["failing_since"].is_string(), "{failing}");
    // Counters outlive the process that made them.
    app.stop(Process::Worker).await;
    app.restart(Process::Worker).await;
    let event = fixtures::order_paid(&app.api, 4).await;
    app.api.delivery(&event, &feed, "succeeded").await;
    let well = entry(&app.api, "Flaky").await;
    assert_eq!(
        (&well["failing_since"], &well["deliveries_24h"]),
        (&json!(null), &json!({ "succeeded": 3, "failed": 1 }))
    );
    let counted = until("the good feed is counted", PATIENCE, async || {
        let entry = entry(&app.api, "Good").await;
        (entry["deliveries_24h"]["succeeded"] == 4).then_some(entry)
    })
    .await;
    assert_eq!(counted["deliveries_24h"]["failed"], 0);
    assert_eq!(of(&entry(&app.api, "Silent").await), never);
    // Numbers are no part of the resource: reading it and its ETag stay as they are.
    assert!(
        app.api
            .read_feed(&feed)
            .await
            .ok(200)
            .json()
            .get("deliveries_24h")
            .is_none()
    );
}

async fn a_toggle_takes_true_and_false_only(profile: Profile) {
    let app = App::start(profile).await;
    let feed = fixtures::id(
        &app.api
            .create_feed(&json!({ "title": "Draft", "enabled": false }))
            .await
            .ok(201)
            .json(),
    );
    for value in [
        json!("yes"),
        json!("no"),
        json!(1),
        json!("true"),
        json!(null),
        json!([]),
    ] {
        assert_eq!(
            app.api
                .update_feed(&feed, &json!({ "enabled": value }))
                .await
                .invalid()[0]
                .0,
            "/enabled",
            "{value}"
        );
        let draft = json!({ "title": "x", "enabled": value });
        if !value.is_null() {
            assert_eq!(
                app.api.create_feed(&draft).await.invalid()[0].0,
                "/enabled",
                "{value}"
            );
        }
    }
}

async fn the_loser_of_two_edits_is_told(profile: Profile) {
    let app = App::start(profile).await;
    let feed = fixtures::id(
        &app.api
            .create_feed(&json!({ "title": "Draft", "enabled": false }))
            .await
            .ok(201)
            .json(),
    );
    let read = app.api.read_feed(&feed).await.ok(200).etag();
    let won = app
        .api
        .if_match(&read)
        .update_feed(&feed, &json!({ "title": "First" }))
        .await
        .ok(200);
    app.api
        .if_match(&read)
        .update_feed(&feed, &json!({ "title": "Second" }))
        .await
        .problem(412, "stale");
    app.api.rotate_feed_secret(&feed, &json!({})).await.ok(200);
    app.api
        .if_match(&won.etag())
        .update_feed(&feed, &json!({ "title": "Third" }))
        .await
        .problem(412, "stale");
    assert_eq!(
        app.api.read_feed(&feed).await.ok(200).json()["title"],
        "First"
    );
}

//! Replacing signing secrets.

use hookyard_tests::{App, PATIENCE, Profile, Receiver, both_profiles, fixtures, until};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

both_profiles!(
    old_and_new_sign_while_the_grace_runs,
    a_rotation_is_shown_once,
    few_secrets_sign_at_once
);

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

async fn old_and_new_sign_while_the_grace_runs(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "signature": "v1,v1a" }),
    )
    .await;
    let before = app.api.read_feed(&feed).await.ok(200);
    let old = text(&app.api.read_feed_secret(&feed).await.ok(200).json()["secret"]);
    let rotated = app
        .api
        .rotate_feed_secret(&feed, &json!({ "grace_seconds": 2 }))
        .await
        .ok(200)
        .json();
    let new = text(&rotated["secret"]);
    assert_ne!(new, old);
    let after = app.api.read_feed(&feed).await.ok(200);
    assert_ne!(before.etag(), after.etag(), "a rotation is a change");
    assert_ne!(before.json()["public_key"], after.json()["public_key"]);
    assert_eq!(after.json()["public_key"], rotated["public_key"]);
    let secrets = app.api.read_feed_secret(&feed).await.ok(200).json();
    let expected = json!({ "secret": new, "previous": [{ "secret": old, "expires_at": rotated["previous"][0]["expires_at"] }] });
    assert_eq!(secrets, expected);
    fixtures::order_paid(&app.api, 1).await;
    let got = &receiver.wait_for(1).await[0];
    let versions: Vec<_> = got
        .header("webhook-signature")
        .split(' ')
        .map(|one| one.split(',').next().unwrap())
        .collect();
    assert_eq!(
        versions,
        ["v1", "v1", "v1a", "v1a"],
        "the worker follows at once"
    );
    for secret in [&old, &new] {
        Webhook::new(secret)
            .unwrap()
            .verify(&got.body, &got.headers)
            .unwrap();
    }
    // When the grace is over, the old one neither signs nor is it shown.
    until("the old secret ends", PATIENCE, async || {
        let secrets = app.api.read_feed_secret(&feed).await.ok(200).json();
        (secrets["previous"] == json!([])).then_some(())
    })
    .await;
    fixtures::order_paid(&app.api, 2).await;
    let got = &receiver.wait_for(2).await[1];
    Webhook::new(&new)
        .unwrap()
        .verify(&got.body, &got.headers)
        .unwrap();
    assert!(
        Webhook::new(&old)
            .unwrap()
            .verify(&got.body, &got.headers)
            .is_err()
    );
    assert_eq!(got.header("webhook-signature").split(' ').count(), 2);
}

async fn a_rotation_is_shown_once(profile: Profile) {
    let app = App::start(profile).await;
    let feed = fixtures::id(
        &app.api
            .create_feed(&json!({ "title": "Draft", "enabled": false }))
            .await
            .ok(201)
            .json(),
    );
    let client = app.api.idempotent("rotate-once");
    let first = client
        .rotate_feed_secret(&feed, &json!({}))
        .await
        .ok(200)
        .json();
    let again = client.rotate_feed_secret(&feed, &json!({})).await.ok(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(
        (&again.json()["secret"], &again.json()["previous"]),
        (&json!(null), &first["previous"])
    );
    let now = app.api.read_feed_secret(&feed).await.ok(200).json();
    assert_eq!(
        (&now["secret"], now["previous"].as_array().unwrap().len()),
        (&first["secret"], 1),
        "it ran once"
    );
    let writer = app.api.limited_to(&["feeds:write", "feeds:read"]).await;
    writer
        .rotate_feed_secret(&feed, &json!({}))
        .await
        .problem(403, "missing_scope");
    writer
        .read_feed_secret(&feed)
        .await
        .problem(403, "missing_scope");
    for bad in [json!(604_801), json!(-1), json!("1")] {
        let answer = app
            .api
            .rotate_feed_secret(&feed, &json!({ "grace_seconds": bad }))
            .await;
        assert_eq!(answer.invalid()[0].0, "/grace_seconds");
    }
}

async fn few_secrets_sign_at_once(profile: Profile) {
    let app = App::start(profile).await;
    let feed = fixtures::id(
        &app.api
            .create_feed(&json!({ "title": "Draft", "enabled": false }))
            .await
            .ok(201)
            .json(),
    );
    for kept in 1..=5 {
        let rotated = app
            .api
            .rotate_feed_secret(&feed, &json!({}))
            .await
            .ok(200)
            .json();
        assert_eq!(rotated["previous"].as_array().unwrap().len(), kept);
    }
    app.api
        .rotate_feed_secret(&feed, &json!({}))
        .await
        .problem(409, "limit_reached");
    // One that leaked ends at once, with all before it.
    let rotated = app
        .api
        .rotate_feed_secret(&feed, &json!({ "grace_seconds": 0 }))
        .await
        .ok(200)
        .json();
    assert_eq!(rotated["previous"], json!([]));
    assert_eq!(
        app.api.read_feed_secret(&feed).await.ok(200).json()["previous"],
        json!([])
    );
}

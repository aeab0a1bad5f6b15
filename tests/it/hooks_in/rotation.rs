//! Another secret URL for an incoming webhook.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use reqwest::Method;
use serde_json::json;

both_profiles!(
    the_old_url_works_until_its_grace_ends,
    without_grace_the_old_url_ends_at_once,
    a_second_rotation_ends_the_first_url,
    who_may_not_write_sees_no_url,
    a_disabled_webhook_answers_at_neither_url,
);

async fn rotate(app: &App, webhook: &str, body: &serde_json::Value) -> serde_json::Value {
    app.api
        .rotate_incoming_webhook(webhook, body)
        .await
        .ok(200)
        .json()
}

async fn the_old_url_works_until_its_grace_ends(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, old) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let before = app.api.read_incoming_webhook(&webhook).await.ok(200);
    assert_eq!(before.json()["previous_url_expires_at"], json!(null));
    let rotated = rotate(&app, &webhook, &json!({ "grace_seconds": 3600 })).await;
    let new = rotated["url"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert!(rotated["previous_url_expires_at"].is_string(), "{rotated}");
    for url in [&old, &new] {
        app.api
            .call_form(url, &[("email", "ines@example.org")])
            .await
            .ok(200);
    }
    let after = app.api.read_incoming_webhook(&webhook).await.ok(200);
    assert_eq!(
        (&after.json()["call_count"], &after.json()["url"]),
        (&json!(2), &json!(new)),
        "both are one webhook's"
    );
    assert_ne!(after.etag(), before.etag());
    let wrong = app
        .api
        .rotate_incoming_webhook(&webhook, &json!({ "grace_seconds": -1 }))
        .await
        .invalid();
    assert_eq!(
        wrong,
        [("/grace_seconds".to_owned(), "out_of_range".to_owned())]
    );
}

async fn without_grace_the_old_url_ends_at_once(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, old) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let new = rotate(&app, &webhook, &json!({ "grace_seconds": 0 })).await["url"]
        .as_str()
        .unwrap()
        .to_owned();
    app.api
        .call_form(&old, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
    app.api
        .call_form(&new, &[("email", "ines@example.org")])
        .await
        .ok(200);
}

async fn a_second_rotation_ends_the_first_url(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, first) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let second = rotate(&app, &webhook, &json!({})).await["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let third = app
        .api
        .send(
            Method::POST,
            &format!("/v1/incoming-webhooks/{webhook}/rotate"),
            None,
        )
        .await
        .ok(200)
        .json();
    app.api
        .call_form(&first, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
    for url in [second.as_str(), third["url"].as_str().unwrap()] {
        app.api
            .call_form(url, &[("email", "ines@example.org")])
            .await
            .ok(200);
    }
}

async fn who_may_not_write_sees_no_url(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let body = json!({ "name": "reader", "scopes": ["incoming-webhooks:read"] });
    let key = app.api.post("/v1/api-keys", &body).await.ok(201).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let reader = app.api.with_key(&key);
    let seen = reader.read_incoming_webhook(&webhook).await.ok(200).json();
    let token = url.rsplit('/').next().unwrap();
    assert!(!seen.to_string().contains(token), "{seen}");
    assert_eq!(
        reader
            .rotate_incoming_webhook(&webhook, &json!({}))
            .await
            .status,
        403
    );
}

async fn a_disabled_webhook_answers_at_neither_url(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, old) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let new = rotate(&app, &webhook, &json!({})).await["url"]
        .as_str()
        .unwrap()
        .to_owned();
    app.api
        .update_incoming_webhook(&webhook, &json!({ "enabled": false }))
        .await
        .ok(200);
    for url in [&old, &new] {
        app.api
            .call_form(url, &[("email", "ines@example.org")])
            .await
            .problem(404, "webhook_not_found");
    }
    app.api
        .update_incoming_webhook(
            &webhook,
            &json!({ "enabled": true, "expires_at": "2020-01-01T00:00:00Z" }),
        )
        .await
        .ok(200);
    app.api
        .call_form(&new, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
    app.api.delete_incoming_webhook(&webhook).await.ok(204);
    app.api
        .call_form(&old, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
}

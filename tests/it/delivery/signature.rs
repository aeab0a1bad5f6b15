//! Standard Webhooks signatures, verified by the reference library.

use hookyard_tests::{App, Profile, Received, Receiver, Reply, both_profiles, fixtures};
use serde_json::json;
use standardwebhooks::Webhook;

both_profiles!(
    every_body_and_query_is_signed,
    retries_are_signed_anew_under_the_same_id,
    ids_are_functions_of_event_and_feed
);

async fn verifier(app: &App, feed: &str) -> Webhook {
    let secret = app.api.read_feed_secret(feed).await.ok(200).json();
    Webhook::new(secret["secret"].as_str().unwrap()).unwrap()
}

/// What the signature covers: the body, or for GET the exact query string.
fn signed(request: &Received) -> &[u8] {
    if request.method == "GET" {
        request.query.as_deref().unwrap_or_default().as_bytes()
    } else {
        &request.body
    }
}

async fn every_body_and_query_is_signed(profile: Profile) {
    let app = App::start(profile).await;
    // Its example fits in a URL, unlike that of a paid order.
    fixtures::event_type(&app.api, "order.noted").await;
    for (method, format) in [
        ("POST", "json"),
        ("PUT", "form"),
        ("DELETE", "json"),
        ("GET", "form"),
        ("GET", "json"),
    ] {
        let receiver = Receiver::start();
        let more = json!({ "method": method, "format": format, "url": receiver.url("/hook?z=%C3%A9&a=1") });
        let feed = fixtures::feed(&app.api, &receiver, &["order.noted"], more).await;
        let event = json!({ "type": "order.noted", "data": fixtures::order(1) });
        app.api.create_event(&event).await.ok(202);
        let got = &receiver.wait_for(1).await[0];
        let verifier = verifier(&app, &feed).await;
        verifier
            .verify(signed(got), &got.headers)
            .unwrap_or_else(|error| panic!("{method} {format}: {error}"));
        let changed = [signed(got), b" "].concat();
        assert!(
            verifier.verify(&changed, &got.headers).is_err(),
            "{method}: a changed body does not pass"
        );
        app.api.delete_feed(&feed).await.ok(204);
    }
}

async fn retries_are_signed_anew_under_the_same_id(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([Reply::status(500), Reply::status(200)]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [2] }),
    )
    .await;
    fixtures::order_paid(&app.api, 1).await;
    let got = receiver.wait_for(2).await;
    assert_eq!(
        (got[0].header("webhook-id"), &got[0].body),
        (got[1].header("webhook-id"), &got[1].body)
    );
    assert_eq!(
        (
            got[0].header("hookyard-attempt"),
            got[1].header("hookyard-attempt")
        ),
        ("1", "2")
    );
    assert_ne!(
        got[0].header("webhook-timestamp"),
        got[1].header("webhook-timestamp"),
        "each attempt has its own time"
    );
    let verifier = verifier(&app, &feed).await;
    for request in &got {
        verifier.verify(&request.body, &request.headers).unwrap();
    }
}

async fn ids_are_functions_of_event_and_feed(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    for _ in 0..2 {
        fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    }
    fixtures::order_paid(&app.api, 1).await;
    fixtures::order_paid(&app.api, 2).await;
    let got = receiver.wait_for(4).await;
    let ids: std::collections::HashSet<_> = got
        .iter()
        .map(|request| request.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| !id.contains('.')), "{ids:?}");
}

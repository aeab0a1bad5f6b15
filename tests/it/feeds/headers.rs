//! Headers of feeds: what cannot be smuggled in, and what becomes of secrets.

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::{Value, json};

both_profiles!(
    what_was_pasted_is_trimmed,
    headers_that_http_does_not_allow_are_refused_wherever_they_come_in,
    empty_rows_are_left_out,
    a_secret_is_kept_unless_it_is_sent_again,
);

/// Names and values, each with the code that it is refused with.
fn bad() -> Vec<(Value, &'static str)> {
    let row = |name: &str, value: &str| json!([{ "name": name, "value": value }]);
    let mut bad = Vec::new();
    for value in [
        "a\r\nHost: evil",
        "a\nb",
        "a\rb",
        "a\u{0}b",
        "a\u{7f}",
        "a\r\n folded",
        "\u{e9}",
        &"v".repeat(8193),
    ] {
        bad.push((row("X-A", value), "/headers/0/value invalid_header_value"));
        let secret = json!([{ "name": "X-A", "value": value, "secret": true }]);
        bad.push((secret, "/headers/0/value invalid_header_value"));
    }
    for name in ["", "X A", ":path", "X:A", "X\r\nHost", "X\u{0}", "\u{e9}"] {
        bad.push((row(name, "a"), "/headers/0/name invalid_header_name"));
    }
    for name in [
        "hOsT",
        "content-length",
        "Content-Type",
        "transfer-encoding",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "Proxy-Authorization",
        "webhook-id",
        "WEBHOOK-SIGNATURE",
        "hookyard-event",
        "User-Agent",
        "X-Forwarded-For",
        "x-forwarded-host",
        "Forwarded",
        "X-Real-IP",
    ] {
        bad.push((row(name, "a"), "/headers/0/name reserved_header"));
    }
    let twice = |name: &str| json!([{ "name": name, "value": "a" }, { "name": name.to_lowercase(), "value": "b" }]);
    bad.push((twice("Authorization"), "/headers/1/name duplicate_header"));
    bad.push((twice("Cookie"), "/headers/1/name duplicate_header"));
    let many: Vec<_> = (0..51)
        .map(|i| json!({ "name": format!("X-{i}"), "value": "a" }))
        .collect();
    bad.push((json!(many), "/headers too_many"));
    let large: Vec<_> = (0..3)
        .map(|i| json!({ "name": format!("X-{i}"), "value": "v".repeat(8000) }))
        .collect();
    bad.push((json!(large), "/headers too_large"));
    bad
}

/// Saving, changing and previewing refuse alike; so nothing that is refused can come to a test or a
/// delivery.
async fn headers_that_http_does_not_allow_are_refused_wherever_they_come_in(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    for (headers, expected) in bad() {
        let draft = json!({ "title": "Bad", "url": "https://example.com/", "events": ["order.paid"], "headers": headers });
        let (pointer, code) = expected.split_once(' ').unwrap();
        let says = |found: Vec<(String, String)>, pointer: &str| {
            assert_eq!(found, [(pointer.to_owned(), code.to_owned())], "{headers}")
        };
        says(app.api.create_feed(&draft).await.invalid(), pointer);
        says(
            app.api
                .update_feed(&feed, &json!({ "headers": headers }))
                .await
                .invalid(),
            pointer,
        );
        says(
            app.api
                .preview_feed(&json!({ "feed": draft }))
                .await
                .invalid(),
            &format!("/feed{pointer}"),
        );
    }
    assert_eq!(
        app.api.test_feed(&feed, &json!({})).await.ok(200).json()["state"],
        "succeeded"
    );
    fixtures::order_paid(&app.api, 1).await;
    for request in receiver.wait_for(2).await {
        assert!(
            request.headers.get("x-a").is_none()
                && request.headers.get_all("host").iter().count() == 1,
            "{request:?}"
        );
    }
}

/// A row with an empty value is left out, and errors still point to the rows that were sent.
async fn empty_rows_are_left_out(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let rows = json!([{ "name": "X-Empty", "value": "" }, { "name": "X-Tag", "value": "a" }, { "name": "x-tag", "value": "b" }]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "headers": rows }),
    )
    .await;
    let shown = app.api.read_feed(&feed).await.ok(200).json();
    assert_eq!(shown["headers"].as_array().unwrap().len(), 2);
    app.api.test_feed(&feed, &json!({})).await.ok(200);
    let got = &receiver.wait_for(1).await[0];
    assert!(got.headers.get("x-empty").is_none());
    assert_eq!(
        got.headers.get_all("x-tag").iter().collect::<Vec<_>>(),
        ["a", "b"],
        "a list may have several lines"
    );
    let rows = json!([{ "name": "X-Empty", "value": "" }, { "name": "X B", "value": "a" }]);
    let found = app
        .api
        .update_feed(&feed, &json!({ "headers": rows }))
        .await
        .invalid();
    assert_eq!(
        found,
        [(
            "/headers/1/name".to_owned(),
            "invalid_header_name".to_owned()
        )]
    );
}

/// Editing without sending a secret keeps it, another origin needs it anew, and it is never shown.
async fn a_secret_is_kept_unless_it_is_sent_again(profile: Profile) {
    let app = App::start(profile).await;
    let (receiver, other) = (Receiver::start(), Receiver::start());
    let secret = |value: Value| json!([{ "name": "X-Key", "value": value, "secret": true }]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "headers": secret(json!("s3cret-one")) }),
    )
    .await;
    let edit = json!({ "title": "Renamed", "headers": secret(Value::Null), "url": receiver.url("/other?path=1") });
    let shown = app.api.update_feed(&feed, &edit).await.ok(200).json();
    assert_eq!(shown["headers"], secret(Value::Null), "{shown}");
    app.api.test_feed(&feed, &json!({})).await.ok(200);
    assert_eq!(receiver.wait_for(1).await[0].header("x-key"), "s3cret-one");
    let moved = json!({ "url": other.url("/"), "headers": secret(Value::Null) });
    let found = app.api.update_feed(&feed, &moved).await.invalid();
    assert_eq!(
        found,
        [("/headers/0/value".to_owned(), "required".to_owned())],
        "a secret does not follow to another host"
    );
    // Nor is it dropped without a word, also when the URL goes first.
    for url in [json!(other.url("/")), Value::Null] {
        let moved = json!({ "url": url, "enabled": false });
        assert_eq!(app.api.update_feed(&feed, &moved).await.invalid(), found);
    }
    let removed = json!({ "url": other.url("/"), "headers": [] });
    let moved = app.api.update_feed(&feed, &removed).await.ok(200).json();
    assert_eq!(moved["headers"], json!([]));
    let again = json!({ "url": receiver.url("/"), "headers": secret(json!("s3cret-two")) });
    app.api.update_feed(&feed, &again).await.ok(200);
    let tested = app.api.test_feed(&feed, &json!({})).await.ok(200);
    assert_eq!(receiver.wait_for(2).await[1].header("x-key"), "s3cret-two");
    for text in [
        tested.json(),
        app.api.read_feed(&feed).await.json(),
        app.api
            .preview_feed(&json!({ "feed_id": feed }))
            .await
            .json(),
    ] {
        assert!(!text.to_string().contains("s3cret"), "{text}");
    }
    assert_eq!(fixtures::id(&tested.json()["attempts"][0]).len(), 30);
    assert!(id(&tested.json()).starts_with("dlv_"));
}

/// Outer space comes with what people paste, and a form sends an empty field for none.
async fn what_was_pasted_is_trimmed(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let pasted = json!({
        "title": " Sales ", "url": format!(" {}\n", receiver.url("/")), "condition": " ", "events": ["order.paid"],
        "headers": [{ "name": " X-Key ", "value": " k1\t" }, { "name": "X-Secret", "value": "\ts1 ", "secret": true }],
        "basic_auth": { "username": " ines ", "password": "p" },
    });
    let feed = app.api.create_feed(&pasted).await.ok(201).json();
    assert_eq!(
        (
            &feed["title"],
            &feed["url"],
            &feed["condition"],
            &feed["basic_auth"]["username"]
        ),
        (
            &json!("Sales"),
            &json!(receiver.url("/")),
            &Value::Null,
            &json!("ines")
        )
    );
    app.api.test_feed(&id(&feed), &json!({})).await.ok(200);
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (request.header("x-key"), request.header("x-secret")),
        ("k1", "s1")
    );
    let cleared = json!({ "enabled": false, "url": "", "headers": [], "basic_auth": null });
    let cleared = app
        .api
        .update_feed(&id(&feed), &cleared)
        .await
        .ok(200)
        .json();
    assert_eq!(cleared["url"], Value::Null);
    let space = json!({ "title": "Lobby", "slug": "", "description": "  " });
    let space = app.api.create_space(&space).await.ok(201).json();
    assert_eq!(
        (&space["slug"], &space["description"]),
        (&json!("lobby"), &Value::Null)
    );
    let text = json!({ "slug": " bar ", "description": " Say hello. " });
    let space = app
        .api
        .update_space(&id(&space), &text)
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&space["slug"], &space["description"]),
        (&json!("bar"), &json!("Say hello."))
    );
    let user = json!({ "email": " ines@example.org ", "username": "" });
    let user = app.api.create_user(&user).await.ok(201).json();
    assert_eq!(user["username"], "ines");
}

//! What a feed would send.

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::{Value, json};

both_profiles!(
    a_preview_is_what_is_sent,
    drafts_are_previewed_before_they_are_saved,
    what_is_wrong_is_named_field_by_field
);

fn header(preview: &Value, name: &str) -> Option<String> {
    let headers = preview["headers"].as_array().unwrap();
    headers
        .iter()
        .find(|header| header["name"] == name)
        .map(|header| header["value"].as_str().unwrap().to_owned())
}

async fn a_preview_is_what_is_sent(profile: Profile) {
    let app = App::start(profile).await;
    let fields = json!([{ "key": "mail", "value": "{{ data.customer.email }}" }, { "key": "sum", "value": "{{ data.order.total_amount }}" }]);
    for (method, format, body) in [
        ("POST", "json", json!({ "mode": "all" })),
        (
            "PUT",
            "form",
            json!({ "mode": "selected", "fields": fields }),
        ),
        (
            "GET",
            "json",
            json!({ "mode": "selected", "fields": fields }),
        ),
    ] {
        let receiver = Receiver::start();
        let more = json!({
            "method": method, "format": format, "body": body, "url": receiver.url("/hook?own=1"), "condition": "data.order.id == 1",
            "headers": [{ "name": "X-Key", "value": "s3cret", "secret": true }, { "name": "X-Plain", "value": "plain" }],
        });
        let feed = fixtures::feed(&app.api, &receiver, &["order.paid"], more).await;
        let event = fixtures::order_paid(&app.api, 1).await;
        let got = &receiver.wait_for(1).await[0];
        app.api.delivery(&event, &feed, "succeeded").await;
        let preview = app
            .api
            .preview_feed(&json!({ "feed_id": feed, "event_id": event }))
            .await
            .ok(200)
            .json();
        let sent_body = if got.body.is_empty() {
            json!(null)
        } else {
            json!(std::str::from_utf8(&got.body).unwrap())
        };
        assert_eq!(
            (&preview["method"], &preview["body"], &preview["errors"]),
            (&json!(method), &sent_body, &json!([]))
        );
        let target = format!("/hook?{}", got.query.as_deref().unwrap());
        assert_eq!(preview["url"], json!(receiver.url(&target)));
        for name in [
            "webhook-id",
            "hookyard-event",
            "hookyard-attempt",
            "user-agent",
        ] {
            assert_eq!(
                header(&preview, name).as_deref(),
                Some(got.header(name)),
                "{name}"
            );
        }
        let sent_type = got
            .headers
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header(&preview, "content-type"), sent_type);
        assert_eq!(
            (
                header(&preview, "X-Key").as_deref(),
                header(&preview, "X-Plain").as_deref()
            ),
            (Some("***"), Some("plain"))
        );
        let signed = format!(
            "{}.{}.{}",
            header(&preview, "webhook-id").unwrap(),
            header(&preview, "webhook-timestamp").unwrap(),
            preview["body"].as_str().or(got.query.as_deref()).unwrap()
        );
        assert_eq!(preview["signed_content"], json!(signed));
        assert_eq!(
            (&preview["listens"], &preview["condition_holds"]),
            (&json!(true), &json!(true))
        );
        // The signature itself is for those who may see the secret: others could play the request
        // to the receiver.
        let secret = app.api.read_feed_secret(&feed).await.ok(200).json()["secret"]
            .as_str()
            .unwrap()
            .to_owned();
        let time = header(&preview, "webhook-timestamp")
            .unwrap()
            .parse()
            .unwrap();
        let content = signed.splitn(3, '.').nth(2).unwrap();
        let expected = standardwebhooks::Webhook::new(&secret)
            .unwrap()
            .sign(got.header("webhook-id"), time, content.as_bytes())
            .unwrap();
        assert_eq!(header(&preview, "webhook-signature"), Some(expected));
        let reader = app.api.limited_to(&["feeds:read", "events:read"]).await;
        let seen = reader
            .preview_feed(&json!({ "feed_id": feed, "event_id": event }))
            .await
            .ok(200)
            .json();
        assert_eq!(
            header(&seen, "webhook-signature").as_deref(),
            Some("v1,***")
        );
        let narrow = app.api.limited_to(&["feeds:read"]).await;
        narrow
            .preview_feed(&json!({ "feed_id": feed, "event_id": event }))
            .await
            .problem(403, "missing_scope");
        assert_eq!(receiver.count(), 1, "a preview sends nothing");
        app.api.delete_feed(&feed).await.ok(204);
    }
}

async fn drafts_are_previewed_before_they_are_saved(profile: Profile) {
    let app = App::start(profile).await;
    let draft = json!({
        "feed": { "method": "GET", "events": ["subscription.*", "order.paid"], "condition": "data.order.total_amount < 0",
            "body": { "mode": "selected", "fields": [{ "key": "a b", "value": "{{ data.order.total_amount }}" }] } },
    });
    let preview = app.api.preview_feed(&draft).await.ok(200).json();
    assert_eq!(
        (&preview["event_type"], &preview["url"], &preview["body"]),
        (&json!("order.paid"), &json!(null), &json!(null))
    );
    assert_eq!(
        (&preview["listens"], &preview["condition_holds"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(preview["errors"][0]["pointer"], "/url");
    assert!(
        preview["signed_content"]
            .as_str()
            .unwrap()
            .ends_with(".a+b=7485"),
        "{preview}"
    );
    assert_eq!(
        header(&preview, "webhook-signature").as_deref(),
        Some("v1,***")
    );
    let other = json!({ "feed": { "url": "https://example.com/x", "events": ["order.paid"] }, "event_type": "user.created" });
    let preview = app.api.preview_feed(&other).await.ok(200).json();
    assert_eq!(
        (&preview["listens"], &preview["errors"]),
        (&json!(false), &json!([]))
    );
    let body: Value = serde_json::from_str(preview["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["type"], "user.created");
    // An alias, a custom type, and the test's own.
    fixtures::event_type(&app.api, "quiz.passed").await;
    for (name, kind) in [
        ("order_paid_done", "order.paid"),
        ("quiz.passed", "quiz.passed"),
        ("webhook.test", "webhook.test"),
    ] {
        let preview = app
            .api
            .preview_feed(&json!({ "feed": {}, "event_type": name }))
            .await
            .ok(200)
            .json();
        assert_eq!(preview["event_type"], kind);
    }
    assert_eq!(
        (
            app.api.list_feeds("").await.list().len(),
            app.api.list_events("").await.list().len()
        ),
        (0, 0),
        "nothing is written"
    );
}

async fn what_is_wrong_is_named_field_by_field(profile: Profile) {
    let app = App::start(profile).await;
    let fields = json!([
        { "key": "good", "value": "{{ data.order.id }}" }, { "key": "bad", "value": "{{ data.customer.email - 1 }}" },
        { "key": "worse", "value": "{{ 2 - data.order.currency }}" },
    ]);
    let draft = json!({ "feed": { "url": "https://example.com/", "body": { "mode": "selected", "fields": fields } }, "event_type": "order.paid" });
    let preview = app.api.preview_feed(&draft).await.ok(200).json();
    let pointers: Vec<_> = preview["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    assert_eq!(pointers, ["/body/fields/1/value", "/body/fields/2/value"]);
    assert_eq!(
        (&preview["headers"], &preview["body"]),
        (&json!(null), &json!(null))
    );
    let found = |answer: hookyard_tests::Answer| {
        answer
            .invalid()
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect::<Vec<_>>()
    };
    let broken = json!({ "feed": { "url": "http://10.0.0.1/", "condition": "data.", "events": ["no.such"], "timeout_ms": 1 } });
    assert_eq!(
        found(app.api.preview_feed(&broken).await),
        [
            "/feed/url",
            "/feed/events/0",
            "/feed/timeout_ms",
            "/feed/condition"
        ]
    );
    let feed = id(&app
        .api
        .create_feed(&json!({ "title": "x", "enabled": false }))
        .await
        .ok(201)
        .json());
    for (body, pointer) in [
        (json!({}), "/feed_id"),
        (json!({ "feed_id": feed, "feed": {} }), "/feed_id"),
        (
            json!({ "feed_id": fixtures::unknown_id("feed") }),
            "/feed_id",
        ),
        (
            json!({ "feed_id": feed, "event_type": "no.such" }),
            "/event_type",
        ),
        (
            json!({ "feed_id": feed, "event_id": fixtures::unknown_id("evt") }),
            "/event_id",
        ),
        (
            json!({ "feed_id": feed, "event_id": fixtures::unknown_id("evt"), "event_type": "order.paid" }),
            "/event_id",
        ),
    ] {
        assert_eq!(
            found(app.api.preview_feed(&body).await),
            [pointer],
            "{body}"
        );
    }
    // A GET that gets too long is known before it is sent.
    let long = json!({ "feed": { "url": "https://example.com/", "method": "GET", "body": { "mode": "selected",
        "fields": (0..3).map(|i| json!({ "key": format!("k{i}"), "value": "x".repeat(4000) })).collect::<Vec<_>>() } } });
    let preview = app.api.preview_feed(&long).await.ok(200).json();
    assert_eq!(
        (
            &preview["errors"][0]["pointer"],
            &preview["errors"][0]["code"]
        ),
        (&json!("/body"), &json!("too_large"))
    );
}

//! /v1/feeds

mod activity;
mod basic_auth;
mod headers;
mod lengths;
mod preview;
mod rotation;
mod testing;

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id, ids},
};
use serde_json::json;

both_profiles!(
    a_draft_is_checked_when_it_is_enabled,
    every_invalid_field_is_named,
    aliases_become_catalogue_names,
    secret_headers_are_write_only,
    another_host_gets_no_secret_headers,
    the_signing_secret_needs_its_own_scope,
    disabling_cancels_what_waits,
    feeds_are_found,
    urls_that_are_not_public_are_refused_when_saved,
);

async fn a_draft_is_checked_when_it_is_enabled(profile: Profile) {
    let app = App::start(profile).await;
    let draft = app
        .api
        .create_feed(&json!({ "title": "Draft", "enabled": false }))
        .await
        .ok(201)
        .json();
    assert_eq!(
        (&draft["enabled"], &draft["state"], &draft["url"]),
        (&json!(false), &json!("disabled"), &json!(null))
    );
    let defaults = (
        &draft["method"],
        &draft["format"],
        &draft["body"]["mode"],
        &draft["timeout_ms"],
    );
    assert_eq!(
        defaults,
        (
            &json!("POST"),
            &json!("json"),
            &json!("all"),
            &json!(15_000)
        )
    );
    let required = |pointer: &str| (pointer.to_owned(), "required".to_owned());
    assert_eq!(
        app.api.enable_feed(&id(&draft)).await.invalid(),
        [required("/url"), required("/events")]
    );
    assert_eq!(
        app.api
            .create_feed(&json!({ "title": "On", "enabled": true }))
            .await
            .invalid()
            .len(),
        2
    );
    let parts = json!({ "url": "https://example.com/hook", "events": ["order.paid"] });
    app.api.update_feed(&id(&draft), &parts).await.ok(200);
    let enabled = app.api.enable_feed(&id(&draft)).await.ok(200).json();
    assert_eq!(
        (&enabled["enabled"], &enabled["state"]),
        (&json!(true), &json!("enabled"))
    );
    assert_eq!(
        app.api
            .update_feed(&id(&draft), &json!({ "url": null }))
            .await
            .invalid(),
        [required("/url")]
    );
    let off = app
        .api
        .update_feed(&id(&draft), &json!({ "enabled": false, "url": null }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&off["state"], &off["url"]),
        (&json!("disabled"), &json!(null))
    );
    app.api.delete_feed(&id(&draft)).await.ok(204);
    app.api
        .enable_feed(&id(&draft))
        .await
        .problem(404, "not_found");
}

async fn every_invalid_field_is_named(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({
        "title": "", "url": "https://example.com/", "events": ["order.paidd"], "timeout_ms": 5, "condition": "data.",
        "headers": [{ "name": "Host", "value": "x" }, { "name": "X-A", "value": "a\r\nb" }],
        "body": { "mode": "selected", "fields": [{ "key": "a", "value": "{{ data." }] },
    });
    let mut pointers: Vec<_> = app
        .api
        .create_feed(&body)
        .await
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    pointers.sort();
    let expected = [
        "/body/fields/0/value",
        "/condition",
        "/events/0",
        "/headers/0/name",
        "/headers/1/value",
        "/timeout_ms",
        "/title",
    ];
    assert_eq!(pointers, expected);
    for (body, pointer) in [
        (json!({ "title": "x", "method": "TRACE" }), "/method"),
        (
            json!({ "title": "x", "body": { "mode": "all", "fields": [] , "x": 1 } }),
            "/body",
        ),
        (
            json!({ "title": "x", "headers": [{ "name": "X-A", "valeu": "x" }] }),
            "/headers/0",
        ),
        (json!({ "title": "x", "url": "ftp://example.com/" }), "/url"),
    ] {
        assert!(
            app.api.create_feed(&body).await.invalid()[0]
                .0
                .starts_with(pointer),
            "{body}"
        );
    }
}

async fn aliases_become_catalogue_names(profile: Profile) {
    let app = App::start(profile).await;
    let events = [
        "order_paid_done",
        "order.paid",
        "subscription_eot",
        "order.*",
    ];
    let body = json!({ "title": "Sales", "url": "https://example.com/", "events": events });
    let feed = app.api.create_feed(&body).await.ok(201).json();
    assert_eq!(
        feed["events"],
        json!(["order.paid", "subscription.completed", "order.*"])
    );
}

async fn secret_headers_are_write_only(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let headers = json!([{ "name": "X-Api-Key", "value": "s3cret-word", "secret": true }, { "name": "X-Team", "value": "blue" }]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "headers": headers }),
    )
    .await;
    let read = app.api.read_feed(&feed).await.ok(200).json();
    assert_eq!(
        read["headers"][0],
        json!({ "name": "X-Api-Key", "value": null, "secret": true })
    );
    assert_eq!(
        read["headers"][1],
        json!({ "name": "X-Team", "value": "blue", "secret": false })
    );
    // What was read can be written back: a secret without a value keeps the one it has.
    app.api
        .update_feed(
            &feed,
            &json!({ "title": "Renamed", "headers": read["headers"] }),
        )
        .await
        .ok(200);
    let event = fixtures::order_paid(&app.api, 1).await;
    let got = &receiver.wait_for(1).await[0];
    assert_eq!(
        (got.header("x-api-key"), got.header("x-team")),
        ("s3cret-word", "blue")
    );
    let delivery = app.api.delivery(&event, &feed, "succeeded").await;
    let shown = delivery["attempts"][0]["request"]["headers"].to_string();
    assert!(
        shown.to_lowercase().contains("x-api-key") && !shown.contains("s3cret-word"),
        "{shown}"
    );
}

async fn another_host_gets_no_secret_headers(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let headers = json!([{ "name": "X-Api-Key", "value": "s3cret-word", "secret": true }]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "headers": headers }),
    )
    .await;
    let elsewhere = receiver.url("/other").replace("127.0.0.1", "127.0.0.2");
    let same_host = receiver.url("/other");
    app.api
        .update_feed(&feed, &json!({ "url": same_host }))
        .await
        .ok(200);
    fixtures::order_paid(&app.api, 1).await;
    assert_eq!(
        receiver.wait_for(1).await[0].header("x-api-key"),
        "s3cret-word",
        "another path keeps it"
    );
    let refused = app
        .api
        .update_feed(&feed, &json!({ "url": elsewhere }))
        .await
        .invalid();
    assert_eq!(
        refused,
        [("/headers/0/value".to_owned(), "required".to_owned())]
    );
    let moved = app
        .api
        .update_feed(&feed, &json!({ "url": elsewhere, "headers": [] }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        moved["headers"].as_array().map(Vec::len),
        Some(0),
        "{moved}"
    );
    let back = app
        .api
        .update_feed(&feed, &json!({ "url": same_host }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        back["headers"].as_array().map(Vec::len),
        Some(0),
        "it does not come back"
    );
    let again =
        json!({ "url": receiver.url("/x").replace("127.0.0.1", "localhost"), "headers": headers });
    app.api.update_feed(&feed, &again).await.ok(200);
    fixtures::order_paid(&app.api, 2).await;
    assert_eq!(
        receiver.wait_for(2).await[1].header("x-api-key"),
        "s3cret-word",
        "it was sent again for the new host"
    );
}

async fn the_signing_secret_needs_its_own_scope(profile: Profile) {
    let app = App::start(profile).await;
    let feed = id(&app
        .api
        .create_feed(&json!({ "title": "Draft", "enabled": false }))
        .await
        .ok(201)
        .json());
    let secret = app.api.read_feed_secret(&feed).await.ok(200).json();
    assert!(
        secret["secret"]
            .as_str()
            .is_some_and(|text| text.starts_with("whsec_")),
        "{secret}"
    );
    assert_eq!(secret["previous"], json!([]));
    let writer = app.api.limited_to(&["feeds:write"]).await;
    writer
        .read_feed_secret(&feed)
        .await
        .problem(403, "missing_scope");
    let read = writer.read_feed(&feed).await.ok(200).json().to_string();
    assert!(!read.contains("whsec_"), "{read}");
    let keeper = app.api.limited_to(&["feeds:secrets"]).await;
    assert_eq!(keeper.read_feed_secret(&feed).await.ok(200).json(), secret);
    let other = id(&app
        .api
        .create_feed(&json!({ "title": "Other", "enabled": false }))
        .await
        .ok(201)
        .json());
    assert_ne!(
        app.api.read_feed_secret(&other).await.ok(200).json(),
        secret
    );
}

async fn disabling_cancels_what_waits(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::replying([hookyard_tests::Reply::status(500)]);
    let feed = fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "retry_schedule": [600] }),
    )
    .await;
    let event = fixtures::order_paid(&app.api, 1).await;
    let waiting = app.api.delivery(&event, &feed, "pending").await;
    assert_eq!(
        (&waiting["attempt_count"], &waiting["last_response_status"]),
        (&json!(1), &json!(500))
    );
    assert!(waiting["next_attempt_at"].is_string(), "{waiting}");
    app.api.disable_feed(&feed).await.ok(200);
    let canceled = app.api.delivery(&event, &feed, "canceled").await;
    assert_eq!(
        (&canceled["state_reason"], &canceled["next_attempt_at"]),
        (&json!("feed_disabled"), &json!(null))
    );
    app.api.enable_feed(&feed).await.ok(200);
    assert_eq!(
        app.api.read_delivery(&id(&canceled)).await.ok(200).json()["state"],
        "canceled",
        "nothing is resurrected"
    );
}

async fn feeds_are_found(profile: Profile) {
    let app = App::start(profile).await;
    let make = async |title: &str, enabled: bool, event: &str| {
        let body = json!({ "title": title, "enabled": enabled, "url": "https://example.com/", "events": [event] });
        id(&app.api.create_feed(&body).await.ok(201).json())
    };
    let (sales, off) = (
        make("Sales", true, "order.paid").await,
        make("Renewals", false, "subscription.renewed").await,
    );
    let found = async |query: &str| ids(&app.api.list_feeds(query).await.ok(200).list());
    assert_eq!(found("").await, [off.clone(), sales.clone()]);
    assert_eq!(found("?search=SAL").await, vec![sales.clone()]);
    assert_eq!(
        (found("?enabled=true").await, found("?enabled=false").await),
        (vec![sales.clone()], vec![off])
    );
    assert_eq!(found("?event=order.paid").await, [sales]);
    assert_eq!(found("?event=order.refunded").await, [""; 0]);
}

async fn urls_that_are_not_public_are_refused_when_saved(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.unset("delivery.allow_networks")
    })
    .await;
    for url in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://10.1.2.3/",
        "http://169.254.169.254/",
        "http://localhost/",
    ] {
        let found = app
            .api
            .create_feed(&json!({ "title": "x", "enabled": false, "url": url }))
            .await
            .invalid();
        assert!(
            found.len() == 1 && found[0].0 == "/url" && found[0].1.ends_with("_not_public"),
            "{url}: {found:?}"
        );
    }
    app.api
        .create_feed(&json!({ "title": "x", "enabled": false, "url": "https://example.com/" }))
        .await
        .ok(201);
}

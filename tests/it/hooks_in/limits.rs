//! Who may call, and how often.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::json;

both_profiles!(
    only_allowed_addresses_may_call,
    a_forwarded_address_counts_only_behind_a_trusted_proxy,
    too_many_calls_of_a_webhook_wait,
    too_many_calls_from_one_address_wait,
    whoever_tries_urls_has_few_tries,
);

async fn only_allowed_addresses_may_call(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({ "name": "Shop", "allowed_ips": ["203.0.113.9/24", "::ffff:198.51.100.1"] });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let shown = app.api.read_incoming_webhook(&webhook).await.ok(200).json();
    assert_eq!(
        shown["allowed_ips"],
        json!(["203.0.113.0/24", "198.51.100.1"])
    );
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .problem(403, "address_not_allowed");
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    let call = &app.api.list_calls(&webhook).await.ok(200).list()[0];
    assert_eq!(
        (&call["outcome"], &call["source_address"]),
        (&json!("address_not_allowed"), &json!("127.0.0.1"))
    );
    app.api
        .update_incoming_webhook(&webhook, &json!({ "allowed_ips": ["127.0.0.0/8"] }))
        .await
        .ok(200);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let wrong = app
        .api
        .update_incoming_webhook(
            &webhook,
            &json!({ "allowed_ips": ["127.0.0.1", "localhost"] }),
        )
        .await
        .invalid();
    assert_eq!(
        wrong,
        [("/allowed_ips/1".to_owned(), "invalid_address".to_owned())]
    );
}

async fn a_forwarded_address_counts_only_behind_a_trusted_proxy(profile: Profile) {
    let body = json!({ "name": "Shop", "allowed_ips": ["203.0.113.7"] });
    let form = [("email", "ines@example.org")];
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    app.api
        .with("x-forwarded-for", "203.0.113.7")
        .call_form(&url, &form)
        .await
        .problem(403, "address_not_allowed");
    drop(app);
    let app = App::configured(profile, |settings| {
        _ = settings.set("server.trusted_proxies", "127.0.0.0/8,10.0.0.0/8")
    })
    .await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &body).await;
    app.api
        .with("x-forwarded-for", "203.0.113.7, 10.1.2.3")
        .call_form(&url, &form)
        .await
        .ok(200);
    app.api
        .with("x-forwarded-for", "203.0.113.7, 6.6.6.6")
        .call_form(&url, &form)
        .await
        .problem(403, "address_not_allowed");
    let seen: Vec<_> = app
        .api
        .list_calls(&webhook)
        .await
        .ok(200)
        .list()
        .iter()
        .map(|call| call["source_address"].clone())
        .collect();
    assert_eq!(seen, ["6.6.6.6", "203.0.113.7"]);
}

async fn too_many_calls_of_a_webhook_wait(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "rate_limit_per_minute": 3 }),
    )
    .await;
    let (_, other) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Other" })).await;
    for _ in 0..3 {
        app.api
            .call_form(&url, &[("email", "ines@example.org")])
            .await
            .ok(200);
    }
    let refused = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await;
    let wait: u64 = refused
        .header("retry-after")
        .expect("Retry-After")
        .parse()
        .unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    refused.problem(429, "too_many_requests");
    app.api
        .call_form(&other, &[("email", "ines@example.org")])
        .await
        .ok(200);
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        3
    );
    app.api
        .update_incoming_webhook(&webhook, &json!({ "rate_limit_per_minute": null }))
        .await
        .ok(200);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let wrong = app
        .api
        .update_incoming_webhook(&webhook, &json!({ "rate_limit_per_minute": 0 }))
        .await
        .invalid();
    assert_eq!(wrong[0].0, "/rate_limit_per_minute");
}

async fn too_many_calls_from_one_address_wait(profile: Profile) {
    let app = App::configured(profile, |settings| {
        settings
            .set("intake.max_calls_per_minute", "2")
            .set("server.trusted_proxies", "127.0.0.0/8");
    })
    .await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let from = |address: &str| app.api.with("x-forwarded-for", address);
    for _ in 0..2 {
        from("203.0.113.7")
            .call_form(&url, &[("email", "ines@example.org")])
            .await
            .ok(200);
        from("2001:db8::1")
            .call_form(&url, &[("email", "ines@example.org")])
            .await
            .ok(200);
    }
    for address in ["203.0.113.7", "2001:db8::2"] {
        from(address)
            .call_form(&url, &[("email", "ines@example.org")])
            .await
            .problem(429, "too_many_requests");
    }
    from("203.0.113.8")
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    assert_eq!(
        app.api.list_users("").await.ok(200).list().len(),
        1,
        "the management API is not counted"
    );
}

/// Misses are counted by address, and a right URL still works.
async fn whoever_tries_urls_has_few_tries(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.set("intake.max_misses_per_minute", "2")
    })
    .await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let wrong = format!("{}/hooks/in/{}", app.api.base, "x".repeat(43));
    for _ in 0..2 {
        app.api
            .call_form(&wrong, &[("email", "ines@example.org")])
            .await
            .problem(404, "webhook_not_found");
    }
    app.api
        .call_form(&wrong, &[("email", "ines@example.org")])
        .await
        .problem(429, "too_many_requests");
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
}

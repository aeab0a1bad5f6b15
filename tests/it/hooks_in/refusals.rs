//! What the intake refuses, always with JSON and never with half a change.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use reqwest::Method;
use serde_json::json;

both_profiles!(
    an_unknown_token_tells_nothing,
    other_methods_are_405,
    bodies_that_are_no_form_are_refused,
    a_missing_or_wrong_address_is_named,
);

const FORM: &str = "application/x-www-form-urlencoded";

/// Nobody learns whether a token was right.
async fn an_unknown_token_tells_nothing(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) =
        fixtures::incoming_webhook(&app.api, &json!({ "name": "Off", "enabled": false })).await;
    let unknown = format!("{}/hooks/in/{}", app.api.base, "x".repeat(40));
    let mut disabled = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
    let mut missing = app
        .api
        .call_form(&unknown, &[("email", "ines@example.org")])
        .await
        .problem(404, "webhook_not_found");
    for problem in [&mut disabled, &mut missing] {
        problem.as_object_mut().unwrap().remove("request_id");
    }
    assert_eq!(disabled, missing);
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        0
    );
}

async fn other_methods_are_405(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let path = url::Url::parse(&url).unwrap().path().to_owned();
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = app
            .api
            .without_key()
            .send(method.clone(), &path, None)
            .await;
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
        answer.problem(405, "method_not_allowed");
    }
}

async fn bodies_that_are_no_form_are_refused(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let send = async |content_type: &str, body: &str| {
        app.api.call(&url, content_type, body.to_owned()).await
    };
    for content_type in ["text/plain", "application/xml", "image/png"] {
        send(content_type, "email=ines@example.org")
            .await
            .problem(415, "unsupported_media_type");
    }
    for (content_type, body) in [
        ("application/json", "{\"email\": "),
        ("application/json", "[1]"),
        ("application/json", "\"ines@example.org\""),
        ("multipart/form-data", "--x"),
        ("multipart/form-data; boundary=x", "no boundary in sight"),
    ] {
        assert_eq!(
            send(content_type, body).await.status,
            400,
            "{content_type}: {body}"
        );
    }
    assert_eq!(
        send(
            FORM,
            &format!("email=a@example.org&x={}", "x".repeat(300 * 1024))
        )
        .await
        .status,
        413
    );
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
}

async fn a_missing_or_wrong_address_is_named(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let code = async |body: &str| app.api.call(&url, FORM, body.to_owned()).await.invalid();
    let email = |code: &str| vec![("email".to_owned(), code.to_owned())];
    assert_eq!(code("").await, email("required"));
    assert_eq!(code("first_name=Ines").await, email("required"));
    for body in [
        "email=nonsense",
        "email=a+b%40example.org",
        "email=a%0Ab%40example.org",
        "email=a%40b%40c",
    ] {
        assert_eq!(code(body).await, email("invalid_email"), "{body}");
    }
    let query = format!("{url}?email=ines%40example.org");
    assert_eq!(
        app.api.call(&query, FORM, "").await.invalid(),
        email("required"),
        "an address in the URL does not count"
    );
    let body = json!({ "email": ["a@example.org", "b@example.org"] });
    assert_eq!(
        app.api.call_json(&url, &body).await.invalid()[0].0,
        "/email"
    );
    let both = [
        ("email", "a@example.org"),
        ("user_pass", "one"),
        ("user_password", "two"),
    ];
    assert_eq!(
        app.api.call_form(&url, &both).await.invalid()[0].1,
        "conflicting_passwords"
    );
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
}

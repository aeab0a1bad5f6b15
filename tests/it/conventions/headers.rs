//! Browsers of other origins, HEAD, and strangers' headers.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use reqwest::Method;
use serde_json::json;

both_profiles!(
    browsers_of_allowed_origins_may_call,
    head_does_what_get_does
);

async fn browsers_of_allowed_origins_may_call(profile: Profile) {
    let app = App::configured(profile, |settings| {
        _ = settings.set(
            "server.cors_origins",
            "https://app.example.org,https://b.example.org",
        )
    })
    .await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let intake = url::Url::parse(&url).unwrap().path().to_owned();
    let allowed = async |origin: &str, path: &str| {
        let asked = app
            .api
            .without_key()
            .with("origin", origin)
            .with("access-control-request-method", "PATCH");
        let asked = asked.with(
            "access-control-request-headers",
            "authorization,content-type,if-match",
        );
        let preflight = asked.send(Method::OPTIONS, path, None).await;
        let answer = app.api.with("origin", origin).get(path).await;
        let granted = |answer: &hookyard_tests::Answer| {
            answer
                .header("access-control-allow-origin")
                .map(str::to_owned)
        };
        (granted(&preflight), granted(&answer))
    };
    let ours = Some("https://app.example.org".to_owned());
    assert_eq!(
        allowed("https://app.example.org", "/v1/users").await,
        (ours.clone(), ours)
    );
    assert_eq!(
        allowed("https://evil.example.org", "/v1/users").await,
        (None, None)
    );
    assert_eq!(
        allowed("https://app.example.org", &intake).await,
        (None, None),
        "the intake grants nothing"
    );
    let exposed = app
        .api
        .with("origin", "https://b.example.org")
        .get("/v1/users")
        .await;
    let exposed = exposed
        .header("access-control-expose-headers")
        .unwrap()
        .to_lowercase();
    for header in ["etag", "location", "x-request-id"] {
        assert!(exposed.contains(header), "{exposed}");
    }
}

async fn head_does_what_get_does(profile: Profile) {
    let app = App::start(profile).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    let path = format!("/v1/users/{user}");
    let (head, get) = (
        app.api.send(Method::HEAD, &path, None).await,
        app.api.get(&path).await,
    );
    assert_eq!(
        (head.status, head.header("etag"), head.body.len()),
        (200, get.header("etag"), 0)
    );
}

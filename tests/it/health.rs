//! Health, the OpenAPI document and its page.

use hookyard_tests::{App, PATIENCE, Process, Profile, Receiver, both_profiles, fixtures, until};
use serde_json::json;

both_profiles!(
    live_and_ready,
    the_document_and_its_page_are_served,
    unknown_paths_are_problems,
    no_level_logs_what_statements_and_requests_hold,
);

async fn live_and_ready(profile: Profile) {
    let app = App::start(profile).await;
    app.api.without_key().live().await.ok(200);
    for process in [Process::Api, Process::Worker] {
        let ready = until("an idle process is ready", PATIENCE, async || {
            let (status, body) = app.readiness(process).await;
            (status == 200).then_some(body)
        })
        .await;
        let of_rabbit = if profile == Profile::Server && process == Process::Worker {
            &["broker", "consumer"][..]
        } else {
            &[]
        };
        for part in ["database", "schema", "outbox"].iter().chain(of_rabbit) {
            let told = ready["parts"]
                .as_array()
                .unwrap()
                .iter()
                .find(|told| told["name"] == *part);
            assert!(
                told.is_some_and(|told| told["ok"] == true),
                "{process:?} {part}: {ready}"
            );
        }
    }
}

async fn the_document_and_its_page_are_served(profile: Profile) {
    let app = App::start(profile).await;
    let api = app.api.without_key();
    let document = api.openapi().await;
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1")),
        "{}",
        document["openapi"]
    );
    let mut page = api.get("/docs").await;
    while let (301..=308, Some(next)) = (page.status, page.header("location").map(str::to_owned)) {
        page = api
            .get(
                url::Url::parse(&api.base)
                    .unwrap()
                    .join("/docs")
                    .unwrap()
                    .join(&next)
                    .unwrap()
                    .path(),
            )
            .await;
    }
    for (header, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(page.header(header), Some(value), "{page:?}");
    }
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let html = String::from_utf8(page.ok(200).body.to_vec()).unwrap();
    assert!(html.contains("swagger"), "{html}");
    assert!(
        !html.contains("//cdn") && !html.contains("https://"),
        "the page needs no internet: {html}"
    );
}

async fn unknown_paths_are_problems(profile: Profile) {
    let app = App::start(profile).await;
    for path in ["/v1/nonsense", "/v2/users", "/nonsense", "/v1"] {
        app.api.get(path).await.problem(404, "not_found");
    }
}

async fn no_level_logs_what_statements_and_requests_hold(profile: Profile) {
    let mut app = App::configured(profile, |settings| {
        settings.set("log.level", "trace");
    })
    .await;
    let receiver = Receiver::start();
    let secret = json!([{ "name": "X-Key", "value": "s3cret-header", "secret": true }]);
    let more = json!({ "headers": secret });
    let feed = fixtures::feed(&app.api, &receiver, &["user.created"], more).await;
    let body = json!({ "name": "Shop" });
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let person = [
        ("email", "ines-marlow@example.org"),
        ("user_pass", "correct horse"),
    ];
    app.api.call_form(&url, &person).await.ok(200);
    receiver.wait_for(1).await;
    let event = app.api.all("/v1/events").await[0]["id"].clone();
    app.api
        .delivery(event.as_str().unwrap(), &feed, "succeeded")
        .await;
    let token = url.rsplit('/').next().unwrap();
    for process in [Process::Api, Process::Worker] {
        let log = app.log(process).join("\n");
        for told in [
            "ines-marlow",
            "correct horse",
            "argon2id$",
            "s3cret-header",
            token,
        ] {
            assert!(!log.contains(told), "{process:?} logs {told}");
        }
    }
}

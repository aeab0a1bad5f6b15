//! Health, the OpenAPI document and its page.

use hookyard_tests::{App, PATIENCE, Process, Profile, both_profiles, until};

both_profiles!(
    live_and_ready,
    the_document_and_its_page_are_served,
    unknown_paths_are_problems
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

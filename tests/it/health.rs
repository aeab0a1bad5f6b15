//! Health, the OpenAPI document and its page.

use hookyard_tests::{App, Profile, both_profiles};

both_profiles!(live_and_ready, the_document_and_its_page_are_served, unknown_paths_are_problems);

async fn live_and_ready(profile: Profile) {
    let app = App::start(profile).await;
    let api = app.api.without_key();
    api.live().await.ok(200);
    let ready = hookyard_tests::until("the app is ready", hookyard_tests::wait::PATIENCE, async || {
        let ready = api.ready().await;
        (ready.status == 200).then(|| ready.json())
    })
    .await;
    let text = ready.to_string();
    for part in ["database", "schema", "outbox"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

async fn the_document_and_its_page_are_served(profile: Profile) {
    let app = App::start(profile).await;
    let api = app.api.without_key();
    let document = api.openapi().await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let mut page = api.get("/docs").await;
    while let (301..=308, Some(next)) = (page.status, page.header("location").map(str::to_owned)) {
        page = api.get(url::Url::parse(&api.base).unwrap().join("/docs").unwrap().join(&next).unwrap().path()).await;
    }
    let html = String::from_utf8(page.ok(200).body.to_vec()).unwrap();
    assert!(html.contains("swagger"), "{html}");
    assert!(!html.contains("//cdn") && !html.contains("https://"), "the page needs no internet: {html}");
}

async fn unknown_paths_are_problems(profile: Profile) {
    let app = App::start(profile).await;
    for path in ["/v1/nonsense", "/v2/users", "/nonsense", "/v1"] {
        app.api.get(path).await.problem(404, "not_found");
    }
}

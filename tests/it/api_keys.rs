//! /v1/api-keys, and what a key may do

use std::collections::HashSet;

use hookyard_tests::{
    App, PATIENCE, Process, Profile, both_profiles,
    fixtures::{self, id},
    until,
};
use serde_json::json;

both_profiles!(
    a_key_is_shown_once,
    a_revoked_key_is_useless,
    a_key_may_do_what_its_scopes_say,
    without_a_good_key_nothing_is_told,
    a_repeat_does_not_show_the_key_again,
    nobody_hands_out_more_than_he_has,
    a_key_ends_no_later_than_its_maker,
    a_bootstrap_key_is_the_one_in_the_configuration,
);

async fn a_key_is_shown_once(profile: Profile) {
    let app = App::start(profile).await;
    let made = app
        .api
        .create_api_key(&json!({ "name": "Shop", "scopes": ["events:publish"] }))
        .await
        .ok(201)
        .json();
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("hyk_") && key.len() >= 32, "{key}");
    let read = app.api.read_api_key(&id(&made)).await.ok(200).json();
    assert_eq!(
        (&read["name"], &read["scopes"]),
        (&json!("Shop"), &json!(["events:publish"]))
    );
    let listed = app.api.list_api_keys("").await.ok(200);
    for text in [read.to_string(), listed.json().to_string()] {
        assert!(!text.contains(&key), "{text}");
    }
    assert_eq!(listed.list()[0], read);
    for (body, pointer) in [
        (
            json!({ "name": "x", "scopes": ["feeds:everything"] }),
            "/scopes/0",
        ),
        (json!({ "name": "", "scopes": ["admin"] }), "/name"),
        (json!({ "name": "x" }), "/scopes"),
    ] {
        assert!(
            app.api.create_api_key(&body).await.invalid()[0]
                .0
                .starts_with(pointer),
            "{body}"
        );
    }
}

async fn a_revoked_key_is_useless(profile: Profile) {
    let app = App::start(profile).await;
    let made = app
        .api
        .create_api_key(&json!({ "name": "Shop", "scopes": ["community:read"] }))
        .await
        .ok(201)
        .json();
    let shop = app.api.with_key(made["key"].as_str().unwrap());
    shop.list_users("").await.ok(200);
    app.api.delete_api_key(&id(&made)).await.ok(204);
    until("the revoked key is refused", PATIENCE, async || {
        (shop.list_users("").await.status == 401).then_some(())
    })
    .await;
    app.api
        .read_api_key(&id(&made))
        .await
        .problem(404, "not_found");
}

/// What each scope may read, where `{feed}` is a feed's id.
const READS: &[(&str, &[&str])] = &[
    (
        "community:read",
        &["/v1/users", "/v1/spaces", "/v1/courses"],
    ),
    (
        "community:write",
        &["/v1/users", "/v1/spaces", "/v1/courses"],
    ),
    ("incoming-webhooks:read", &["/v1/incoming-webhooks"]),
    ("incoming-webhooks:write", &["/v1/incoming-webhooks"]),
    ("feeds:read", &["/v1/feeds"]),
    ("feeds:write", &["/v1/feeds"]),
    ("feeds:secrets", &["/v1/feeds/{feed}/secret"]),
    ("events:read", &["/v1/events"]),
    ("events:publish", &[]),
    ("deliveries:read", &["/v1/deliveries"]),
    ("deliveries:manage", &["/v1/deliveries"]),
    ("keys:manage", &["/v1/api-keys"]),
];

async fn a_key_may_do_what_its_scopes_say(profile: Profile) {
    let app = App::start(profile).await;
    let feed = id(&app
        .api
        .create_feed(&json!({ "title": "Draft", "enabled": false }))
        .await
        .ok(201)
        .json());
    let all: HashSet<_> = READS.iter().flat_map(|(_, paths)| *paths).collect();
    for (scope, allowed) in READS {
        let client = app.api.limited_to(&[scope]).await;
        for path in &all {
            let expected = if allowed.contains(path) { 200 } else { 403 };
            assert_eq!(
                client.get(&path.replace("{feed}", &feed)).await.status,
                expected,
                "{scope} {path}"
            );
        }
    }
    let admin = app.api.limited_to(&["admin"]).await;
    for path in all {
        admin.get(&path.replace("{feed}", &feed)).await.ok(200);
    }
    let reader = app.api.limited_to(&["community:read", "feeds:read"]).await;
    let problem = reader
        .create_space(&json!({ "title": "Lobby" }))
        .await
        .problem(403, "missing_scope");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("community:write"),
        "{problem}"
    );
}

async fn without_a_good_key_nothing_is_told(profile: Profile) {
    let app = App::start(profile).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    let nobody = app.api.without_key();
    for client in [
        nobody.clone(),
        nobody.with_key("hyk_0123456789abcdefghijklmnopqrstuv"),
        nobody.with("authorization", "Basic eDp5"),
    ] {
        for path in [
            format!("/v1/users/{user}"),
            format!("/v1/users/{}", fixtures::unknown_id("user")),
        ] {
            let answer = client.get(&path).await;
            assert!(
                answer
                    .header("www-authenticate")
                    .is_some_and(|text| text.starts_with("Bearer")),
                "{answer:?}"
            );
            answer.problem(401, "unauthenticated");
        }
    }
    app.api
        .with(
            "authorization",
            &format!("bearer {}", hookyard_tests::app::KEY),
        )
        .read_user(&user)
        .await
        .ok(200);
}

async fn a_repeat_does_not_show_the_key_again(profile: Profile) {
    let app = App::start(profile).await;
    let client = app.api.idempotent("make-me-a-key");
    let body = json!({ "name": "Shop", "scopes": ["events:publish"] });
    let first = client.create_api_key(&body).await.ok(201).json();
    let again = client.create_api_key(&body).await.ok(201);
    assert_eq!(
        (&again.json()["id"], again.header("idempotency-replayed")),
        (&first["id"], Some("true"))
    );
    assert!(
        !again
            .json()
            .to_string()
            .contains(first["key"].as_str().unwrap()),
        "{again:?}"
    );
}

async fn nobody_hands_out_more_than_he_has(profile: Profile) {
    let app = App::start(profile).await;
    let keeper = app.api.limited_to(&["keys:manage"]).await;
    keeper
        .create_api_key(&json!({ "name": "x", "scopes": ["keys:manage"] }))
        .await
        .ok(201);
    keeper
        .create_api_key(&json!({ "name": "x", "scopes": ["keys:manage", "admin"] }))
        .await
        .problem(403, "missing_scope");
}

async fn a_key_ends_no_later_than_its_maker(profile: Profile) {
    let app = App::start(profile).await;
    let end = "2100-01-01T00:00:00Z";
    let made = app
        .api
        .create_api_key(&json!({ "name": "keeper", "scopes": ["keys:manage"], "expires_at": end }))
        .await
        .ok(201)
        .json();
    let keeper = app.api.with_key(made["key"].as_str().unwrap());
    for later in [json!(null), json!("2100-01-01T00:00:01Z")] {
        let body = json!({ "name": "x", "scopes": ["keys:manage"], "expires_at": later });
        assert_eq!(
            keeper.create_api_key(&body).await.invalid(),
            [("/expires_at".to_owned(), "too_late".to_owned())],
            "{later}"
        );
    }
    let body = json!({ "name": "x", "scopes": ["keys:manage"], "expires_at": end });
    keeper.create_api_key(&body).await.ok(201);
}

async fn a_bootstrap_key_is_the_one_in_the_configuration(profile: Profile) {
    const OTHER: &str = "hyk_black-box-tests-another-bootstrap-key";
    let mut app = App::start(profile).await;
    let scopes = json!({ "name": "bootstrap", "scopes": ["admin"] });
    let made = app.api.create_api_key(&scopes).await.ok(201).json();
    let restarted = async |app: &mut App, key: Option<&str>| {
        match key {
            Some(key) => app.settings.set("auth.bootstrap_key", key),
            None => app.settings.unset("auth.bootstrap_key"),
        };
        assert_eq!(app.stop(Process::Api).await.code(), Some(0));
        app.restart(Process::Api).await;
    };
    let status =
        async |app: &App, key: &str| app.api.with_key(key).get("/v1/api-keys").await.status;
    restarted(&mut app, Some(OTHER)).await;
    assert_eq!(
        status(&app, hookyard_tests::app::KEY).await,
        401,
        "replaced"
    );
    assert_eq!(status(&app, OTHER).await, 200);
    restarted(&mut app, None).await;
    assert_eq!(status(&app, OTHER).await, 401, "removed");
    let mine = made["key"].as_str().unwrap();
    assert_eq!(
        status(&app, mine).await,
        200,
        "made by somebody, not by the configuration"
    );
    restarted(&mut app, Some(OTHER)).await;
    let keys = app
        .api
        .with_key(OTHER)
        .list_api_keys("")
        .await
        .ok(200)
        .list();
    let bootstrap = keys
        .iter()
        .find(|key| key["name"] == "bootstrap" && key["id"] != made["id"]);
    app.api
        .with_key(mine)
        .delete_api_key(&id(bootstrap.unwrap()))
        .await
        .ok(204);
    restarted(&mut app, Some(OTHER)).await;
    assert_eq!(status(&app, OTHER).await, 401, "revoked");
}

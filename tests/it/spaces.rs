//! /v1/spaces and their members

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

both_profiles!(
    a_space_is_created_changed_and_deleted,
    slugs_are_derived_and_unique,
    a_member_is_added_with_the_defaults,
    a_pending_member_becomes_active,
    joining_and_leaving_reach_a_feed_once,
);

async fn a_space_is_created_changed_and_deleted(profile: Profile) {
    let app = App::start(profile).await;
    let made = app
        .api
        .create_space(&json!({ "title": "Lobby", "description": "All", "privacy": "private" }))
        .await
        .ok(201);
    let space = made.json();
    let keys: Vec<_> = space
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "id",
            "title",
            "slug",
            "description",
            "privacy",
            "member_count",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(
        (&space["slug"], &space["privacy"], &space["member_count"]),
        (&json!("lobby"), &json!("private"), &json!(0))
    );
    let changed = app
        .api
        .update_space(
            &id(&space),
            &json!({ "title": "Hall", "description": null }),
        )
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&changed["title"], &changed["description"]),
        (&json!("Hall"), &json!(null))
    );
    assert_eq!(
        (&changed["slug"], &changed["privacy"]),
        (&json!("lobby"), &json!("private")),
        "a link does not break"
    );
    assert_eq!(
        app.api
            .update_space(&id(&space), &json!({ "title": null }))
            .await
            .invalid()[0]
            .0,
        "/title"
    );
    assert_eq!(
        app.api
            .create_space(&json!({ "title": " ", "privacy": "public" }))
            .await
            .invalid()[0]
            .0,
        "/title"
    );
    app.api.delete_space(&id(&space)).await.ok(204);
    app.api
        .read_space(&id(&space))
        .await
        .problem(404, "not_found");
}

async fn slugs_are_derived_and_unique(profile: Profile) {
    let app = App::start(profile).await;
    let slug = |space: serde_json::Value| space["slug"].as_str().unwrap().to_owned();
    let first = slug(
        app.api
            .create_space(&json!({ "title": "Früh & Spät" }))
            .await
            .ok(201)
            .json(),
    );
    let second = slug(
        app.api
            .create_space(&json!({ "title": "Früh & Spät" }))
            .await
            .ok(201)
            .json(),
    );
    assert!(
        first
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-'),
        "{first}"
    );
    assert!(second != first && second.starts_with(&first), "{second}");
    app.api
        .create_space(&json!({ "title": "Other", "slug": first }))
        .await
        .problem(409, "slug_taken");
    let found = app
        .api
        .list_spaces("?search=sp%C3%A4t")
        .await
        .ok(200)
        .list();
    assert_eq!(
        found.into_iter().map(slug).collect::<Vec<_>>(),
        [second, first]
    );
}

async fn a_member_is_added_with_the_defaults(profile: Profile) {
    let app = App::start(profile).await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    let member = app
        .api
        .put_member(&space, &user, &json!({}))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&member["role"], &member["status"]),
        (&json!("member"), &json!("active"))
    );
    assert_eq!(
        (&member["user"]["id"], member["joined_at"].is_string()),
        (&json!(user), true)
    );
    let again = app
        .api
        .put_member(&space, &user, &json!({ "role": "moderator" }))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&again["role"], &again["joined_at"]),
        (&json!("moderator"), &member["joined_at"])
    );
    let kept = app
        .api
        .put_member(&space, &user, &json!({}))
        .await
        .ok(200)
        .json();
    assert_eq!(kept["role"], "moderator", "what is not said is kept");
    assert_eq!(app.api.list_members(&space).await.ok(200).list(), [kept]);
    assert_eq!(
        app.api.read_space(&space).await.ok(200).json()["member_count"],
        1
    );
    app.api.delete_member(&space, &user).await.ok(204);
    app.api
        .delete_member(&space, &user)
        .await
        .problem(404, "not_found");
    let nobody = fixtures::unknown_id("user");
    app.api
        .put_member(&space, &nobody, &json!({}))
        .await
        .problem(404, "not_found");
    assert_eq!(
        app.api
            .put_member(&space, &user, &json!({ "role": "owner" }))
            .await
            .invalid()[0]
            .0,
        "/role"
    );
}

async fn a_pending_member_becomes_active(profile: Profile) {
    let app = App::start(profile).await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    app.api
        .put_member(&space, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    assert_eq!(
        app.api.read_space(&space).await.ok(200).json()["member_count"],
        0,
        "a request is no membership"
    );
    app.api
        .put_member(&space, &user, &json!({ "status": "active" }))
        .await
        .ok(200);
    assert_eq!(
        app.api.read_space(&space).await.ok(200).json()["member_count"],
        1
    );
    let events = app.api.all("/v1/events").await;
    let kinds: Vec<_> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .filter(|kind| kind.starts_with("space."))
        .collect();
    assert_eq!(kinds, ["space.joined", "space.join_requested"]);
}

async fn joining_and_leaving_reach_a_feed_once(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    let feed = fixtures::feed(&app.api, &receiver, &["space.*"], json!({})).await;
    app.api.put_member(&space, &user, &json!({})).await.ok(200);
    app.api.put_member(&space, &user, &json!({})).await.ok(200);
    app.api.delete_member(&space, &user).await.ok(204);
    let mut got: Vec<_> = receiver
        .wait_for(2)
        .await
        .iter()
        .map(|request| request.json())
        .collect();
    got.sort_by_key(|event| event["type"].as_str().map(str::to_owned));
    assert_eq!(
        (&got[0]["type"], &got[1]["type"]),
        (&json!("space.joined"), &json!("space.left"))
    );
    for event in &got {
        assert_eq!(
            (&event["data"]["space"]["id"], &event["data"]["user"]["id"]),
            (&json!(space), &json!(user)),
            "{event}"
        );
        assert_eq!(event["data"]["by"], "api");
    }
    let told = app.api.all("/v1/events").await;
    assert_eq!(
        told.iter()
            .filter(|event| event["type"].as_str().unwrap().starts_with("space."))
            .count(),
        2
    );
    for event in &got {
        app.api.delivery(&id(event), &feed, "succeeded").await;
    }
    assert_eq!(app.api.all("/v1/deliveries").await.len(), 2);
}

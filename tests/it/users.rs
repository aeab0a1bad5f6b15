//! /v1/users

use hookyard_tests::{
    App, Profile, both_profiles,
    fixtures::{self, id, ids},
};
use serde_json::json;

both_profiles!(
    a_user_is_created_and_read,
    an_address_belongs_to_one_user,
    every_invalid_field_is_named,
    a_change_merges_and_counts_the_version,
    users_are_found_by_address_and_by_name,
    a_deleted_user_leaves_spaces_and_courses,
    changes_of_users_are_events,
    what_no_database_looks_for_is_refused_by_name,
);

async fn a_user_is_created_and_read(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({ "email": "Ines@Example.org", "username": "ines.m", "first_name": "Ines", "last_name": "Marlow" });
    let made = app.api.create_user(&body).await.ok(201);
    let user = made.json();
    let read = app.api.read_user(&id(&user)).await.ok(200);
    assert_eq!((read.json(), read.etag()), (user.clone(), made.etag()));
    assert!(
        made.header("location")
            .is_some_and(|url| url.ends_with(&format!("/v1/users/{}", id(&user)))),
        "{made:?}"
    );
    let keys: Vec<_> = user
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "id",
        "email",
        "username",
        "first_name",
        "last_name",
        "display_name",
        "status",
        "has_password",
    ];
    assert_eq!(
        keys,
        [&documented[..], &["created_at", "updated_at"]].concat()
    );
    assert_eq!(
        (&user["username"], &user["display_name"]),
        (&json!("ines.m"), &json!("Ines Marlow"))
    );
    assert_eq!(
        (&user["status"], &user["has_password"]),
        (&json!("active"), &json!(false))
    );
    assert!(
        user["created_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z')),
        "{user}"
    );
}

async fn an_address_belongs_to_one_user(profile: Profile) {
    let app = App::start(profile).await;
    let first = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .create_user(&json!({ "email": "INES@example.org" }))
        .await
        .problem(409, "email_taken");
    let other = app
        .api
        .create_user(&json!({ "email": "other@example.org", "username": "other one" }))
        .await
        .ok(201)
        .json();
    app.api
        .create_user(&json!({ "email": "third@example.org", "username": "Other One" }))
        .await
        .problem(409, "username_taken");
    app.api
        .update_user(&id(&other), &json!({ "email": "ines@example.org" }))
        .await
        .problem(409, "email_taken");
    let listed = app.api.list_users("").await.ok(200).list();
    assert_eq!(ids(&listed), [id(&other), first]);
}

async fn every_invalid_field_is_named(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({ "email": "not an address", "username": "admin", "status": "asleep" });
    let pointers: Vec<_> = app
        .api
        .create_user(&body)
        .await
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/status"],
        "a word that is none is found while the body is read"
    );
    let body = json!({ "email": "not an address", "username": "admin" });
    let found = app.api.create_user(&body).await.invalid();
    let named = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        found,
        [
            named("/email", "invalid_email"),
            named("/username", "invalid_username")
        ]
    );
    assert_eq!(
        app.api.create_user(&json!({})).await.invalid(),
        [named("/email", "required")]
    );
    assert_eq!(
        app.api.create_user(&json!({ "email": 7 })).await.invalid()[0].0,
        "/email"
    );
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
}

async fn a_change_merges_and_counts_the_version(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({ "email": "ines@example.org", "first_name": "Ines", "last_name": "Marlow" });
    let made = app.api.create_user(&body).await.ok(201);
    let user = id(&made.json());
    let changed = app
        .api
        .if_match(&made.etag())
        .update_user(&user, &json!({ "last_name": null, "status": "pending" }))
        .await
        .ok(200);
    let (before, after) = (made.json(), changed.json());
    assert_eq!(
        (&after["first_name"], &after["status"]),
        (&json!("Ines"), &json!("pending"))
    );
    assert!(
        after["last_name"].as_str().is_none_or(str::is_empty),
        "{after}"
    );
    assert_eq!(
        (&after["display_name"], &after["email"]),
        (&json!("Ines"), &before["email"])
    );
    assert_ne!(changed.etag(), made.etag());
    app.api
        .if_match(&made.etag())
        .update_user(&user, &json!({ "first_name": "X" }))
        .await
        .problem(412, "stale");
    app.api
        .if_match(&made.etag())
        .delete_user(&user)
        .await
        .problem(412, "stale");
    app.api
        .if_match(&changed.etag())
        .delete_user(&user)
        .await
        .ok(204);
    app.api.read_user(&user).await.problem(404, "not_found");
    app.api.delete_user(&user).await.problem(404, "not_found");
}

async fn users_are_found_by_address_and_by_name(profile: Profile) {
    let app = App::start(profile).await;
    let ines = app
        .api
        .create_user(
            &json!({ "email": "ines@example.org", "first_name": "Inês", "last_name": "Marlow" }),
        )
        .await
        .ok(201);
    let ines = id(&ines.json());
    fixtures::user(&app.api, "mario@example.org").await;
    for query in [
        "?email=INES%40example.org",
        "?search=marl",
        "?search=INÊS",
        "?search=ines%40",
    ] {
        assert_eq!(
            ids(&app.api.list_users(query).await.ok(200).list()),
            vec![ines.clone()],
            "{query}"
        );
    }
    for query in ["?email=nobody%40example.org", "?search=%25", "?search=_nes"] {
        assert_eq!(
            app.api.list_users(query).await.ok(200).list().len(),
            0,
            "{query}"
        );
    }
}

async fn a_deleted_user_leaves_spaces_and_courses(profile: Profile) {
    let app = App::start(profile).await;
    let (user, space) = (
        fixtures::user(&app.api, "ines@example.org").await,
        fixtures::space(&app.api, "Lobby").await,
    );
    let course = fixtures::course(&app.api, "Rust 101").await;
    app.api.put_member(&space, &user, &json!({})).await;
    app.api.put_student(&course, &user, &json!({})).await;
    let (spaces, courses) = (
        app.api.list_memberships(&user).await.ok(200),
        app.api.list_enrollments(&user).await.ok(200),
    );
    assert_eq!(
        (&spaces.list()[0]["space"]["id"], spaces.list().len()),
        (&json!(space), 1)
    );
    assert_eq!(
        (&courses.list()[0]["course"]["id"], courses.list().len()),
        (&json!(course), 1)
    );
    app.api.delete_user(&user).await.ok(204);
    app.api
        .list_memberships(&user)
        .await
        .problem(404, "not_found");
    assert_eq!(app.api.list_members(&space).await.ok(200).list().len(), 0);
    assert_eq!(
        app.api.read_space(&space).await.ok(200).json()["member_count"],
        0
    );
    assert_eq!(
        app.api.read_course(&course).await.ok(200).json()["student_count"],
        0
    );
}

async fn changes_of_users_are_events(profile: Profile) {
    let app = App::start(profile).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .update_user(&user, &json!({ "first_name": "Ines" }))
        .await
        .ok(200);
    let events = app.api.all("/v1/events").await;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                &event["data"]["user"]["first_name"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("user.updated", &json!("Ines")),
            ("user.created", &json!(""))
        ]
    );
    assert!(
        events
            .iter()
            .all(|event| event["source"] == "community"
                && event["data"]["user"]["id"] == json!(user))
    );
}

async fn what_no_database_looks_for_is_refused_by_name(profile: Profile) {
    let app = App::start(profile).await;
    let long = format!("?search={}", "a".repeat(40_000));
    for (query, code) in [
        ("?search=a%00b", "control_character"),
        (&long as &str, "too_long"),
    ] {
        assert_eq!(
            app.api.list_users(query).await.invalid(),
            [("search".to_owned(), code.to_owned())]
        );
    }
    let path = "/v1/event-types/a%00b";
    app.api.get(path).await.problem(404, "not_found");
}

//! Users, spaces, courses: the whole life of each, and the events that follow.

use serde_json::{Value, json};
use storage::{Window, events};

use super::{Api, start};

/// The types of the events so far, oldest first, with their data.
async fn events_of(api: &Api) -> Vec<(String, Value)> {
    let window = Window {
        limit: 100,
        from: None,
    };
    let page = events::list(
        &mut api.state.db.read().await.unwrap(),
        &events::EventFilter::default(),
        &window,
    )
    .await
    .unwrap();
    let read = |row: events::EventRow| (row.kind, serde_json::from_slice(&row.data).unwrap());
    page.rows.into_iter().rev().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_lives_from_post_to_delete() {
    let api = start().await;
    let space = api.create("/v1/spaces", &json!({"title": " Lobby "})).await;
    let path = format!("/v1/spaces/{}", space["id"].as_str().unwrap());
    assert_eq!(
        (&space["title"], &space["slug"], &space["privacy"]),
        (&json!("Lobby"), &json!("lobby"), &json!("public"))
    );
    assert_eq!(space["created_at"], "2026-03-14T08:05:12Z");

    let second = api
        .create(
            "/v1/spaces",
            &json!({"title": "Lobby", "privacy": "secret"}),
        )
        .await;
    assert_eq!(second["slug"], "lobby-2");
    api.json(
        "POST",
        "/v1/spaces",
        &json!({"title": "X", "slug": "lobby"}),
    )
    .await
    .expect_problem(409, "slug_taken");

    let read = api.get(&path).await;
    assert_eq!((read.header("etag"), &read.body), ("\"v1\"", &space));
    let change = json!({"title": "Bar", "description": "Say hello."});
    let changed = api
        .send(
            api.request("PATCH", &path)
                .insert_header(("if-match", "\"v1\""))
                .set_json(&change),
        )
        .await;
    assert_eq!(
        (
            changed.status.as_u16(),
            changed.header("etag"),
            &changed.body["slug"]
        ),
        (200, "\"v2\"", &json!("lobby"))
    );
    api.send(
        api.request("PATCH", &path)
            .insert_header(("if-match", "\"v1\""))
            .set_json(&change),
    )
    .await
    .expect_problem(412, "stale");
    api.send(
        api.request("DELETE", &path)
            .insert_header(("if-match", "\"v1\"")),
    )
    .await
    .expect_problem(412, "stale");
    let cleared = api
        .json("PATCH", &path, &json!({"description": null}))
        .await;
    assert_eq!(
        (&cleared.body["title"], &cleared.body["description"]),
        (&json!("Bar"), &Value::Null)
    );
    assert_eq!(
        api.json("PATCH", &path, &json!({})).await.header("etag"),
        "\"v3\"",
        "nothing changed"
    );
    let taken = api.json("PATCH", &path, &json!({"slug": "lobby-2"})).await;
    taken.expect_problem(409, "slug_taken");
    assert_eq!(taken.pointers(), ["/slug"]);

    assert_eq!(api.delete(&path).await.status, 204);
    api.get(&path).await.expect_problem(404, "not_found");
    api.delete(&path).await.expect_problem(404, "not_found");
    let events = events_of(&api).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0, "space.deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_keeps_type_and_status() {
    let api = start().await;
    let course = api
        .create(
            "/v1/courses",
            &json!({"title": "Rust 101", "type": "scheduled", "status": "draft"}),
        )
        .await;
    assert_eq!(
        (&course["slug"], &course["type"], &course["status"]),
        (&json!("rust-101"), &json!("scheduled"), &json!("draft"))
    );
    let path = format!("/v1/courses/{}", course["id"].as_str().unwrap());
    let changed = api
        .json("PATCH", &path, &json!({"status": "published"}))
        .await;
    assert_eq!(
        (&changed.body["type"], &changed.body["status"]),
        (&json!("scheduled"), &json!("published"))
    );
    let wrong = api.json("PATCH", &path, &json!({"status": null})).await;
    wrong.expect_problem(422, "invalid_fields");
    assert_eq!(wrong.pointers(), ["/status"]);
    assert_eq!(api.delete(&path).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_s_address_and_name_are_unique_and_folded() {
    let api = start().await;
    let ines = api
        .create(
            "/v1/users",
            &json!({"email": "Ines@Example.org", "first_name": "Ines", "last_name": "Marlow"}),
        )
        .await;
    assert_eq!(
        (&ines["email"], &ines["username"], &ines["display_name"]),
        (
            &json!("Ines@example.org"),
            &json!("ines"),
            &json!("Ines Marlow")
        )
    );
    assert_eq!(
        (&ines["status"], &ines["has_password"]),
        (&json!("active"), &json!(false))
    );
    let again = api
        .json("POST", "/v1/users", &json!({"email": "iNES@example.ORG"}))
        .await;
    again.expect_problem(409, "email_taken");
    assert_eq!(again.pointers(), ["/email"]);
    api.json(
        "POST",
        "/v1/users",
        &json!({"email": "b@example.org", "username": "INES"}),
    )
    .await
    .expect_problem(409, "username_taken");
    let other = api
        .create("/v1/users", &json!({"email": "ines@example.net"}))
        .await;
    assert_eq!(other["username"], "ines2", "a derived username is numbered");

    let found = api.get("/v1/users?email=INES%40example.org").await;
    assert_eq!(found.body["data"], json!([ines]));
    assert_eq!(
        api.get("/v1/users?search=marl").await.body["data"],
        json!([ines])
    );
    let wrong = api.get("/v1/users?email=nobody").await;
    wrong.expect_problem(422, "invalid_fields");
    assert_eq!(wrong.pointers(), ["email"]);

    let path = format!("/v1/users/{}", ines["id"].as_str().unwrap());
    let changed = api
        .json(
            "PATCH",
            &path,
            &json!({"last_name": null, "status": "blocked"}),
        )
        .await;
    assert_eq!(
        (&changed.body["display_name"], &changed.body["status"]),
        (&json!("Ines"), &json!("blocked"))
    );
    api.json("PATCH", &path, &json!({"email": "ines@example.net"}))
        .await
        .expect_problem(409, "email_taken");
    let two = api
        .json("PATCH", &path, &json!({"email": "x", "username": "admin"}))
        .await;
    two.expect_problem(422, "invalid_fields");
    assert_eq!(two.pointers(), ["/email", "/username"]);
    let kinds: Vec<_> = events_of(&api)
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["user.created", "user.created", "user.updated"]);
    assert_eq!(api.delete(&path).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_change_and_go() {
    let api = start().await;
    let id = |view: &Value| view["id"].as_str().unwrap().to_owned();
    let user = api
        .create("/v1/users", &json!({"email": "ines@example.org"}))
        .await;
    let space = id(&api.create("/v1/spaces", &json!({"title": "Lobby"})).await);
    let member = format!("/v1/spaces/{space}/members/{}", id(&user));

    api.delete(&member).await.expect_problem(404, "not_found");
    let asked = api
        .json("PUT", &member, &json!({"status": "pending"}))
        .await;
    assert_eq!(
        asked.body,
        json!({"user": user, "role": "member", "status": "pending", "joined_at": "2026-03-14T08:05:12Z"})
    );
    assert_eq!(
        api.get(&format!("/v1/spaces/{space}")).await.body["member_count"],
        0,
        "only active members count"
    );
    let joined = api
        .json(
            "PUT",
            &member,
            &json!({"status": "active", "role": "moderator"}),
        )
        .await;
    assert_eq!(
        (joined.status.as_u16(), &joined.body["role"]),
        (200, &json!("moderator"))
    );
    let same = api.send(api.request("PUT", &member)).await;
    assert_eq!(same.body, joined.body, "an empty PUT keeps what is there");
    assert_eq!(
        api.get(&format!("/v1/spaces/{space}")).await.body["member_count"],
        1
    );
    assert_eq!(
        api.get(&format!("/v1/spaces/{space}/members")).await.body["data"],
        json!([joined.body])
    );
    let memberships = api
        .get(&format!("/v1/users/{}/memberships", id(&user)))
        .await;
    assert_eq!(
        (
            &memberships.body["data"][0]["space"]["id"],
            &memberships.body["data"][0]["space"]["member_count"]
        ),
        (&json!(space), &json!(1))
    );
    assert_eq!(api.delete(&member).await.status, 204);

    let events = events_of(&api).await;
    let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "user.created",
            "space.join_requested",
            "space.joined",
            "space.left"
        ]
    );
    let short = json!({"id": space, "title": "Lobby", "slug": "lobby", "privacy": "public"});
    assert_eq!(
        events[2].1,
        json!({"user": user, "space": short, "role": "moderator", "status": "active", "by": "api"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn students_enroll_complete_and_leave() {
    let api = start().await;
    let id = |view: &Value| view["id"].as_str().unwrap().to_owned();
    let user = api
        .create("/v1/users", &json!({"email": "ines@example.org"}))
        .await;
    let course = id(&api
        .create("/v1/courses", &json!({"title": "Rust 101"}))
        .await);
    let student = format!("/v1/courses/{course}/students/{}", id(&user));

    api.send(api.request("POST", &format!("{student}/complete")))
        .await
        .expect_problem(404, "not_found");
    let enrolled = api.json("PUT", &student, &json!({})).await;
    assert_eq!(
        enrolled.body,
        json!({"user": user, "status": "active", "enrolled_at": "2026-03-14T08:05:12Z", "completed_at": null})
    );
    for _ in 0..2 {
        let completed = api
            .send(api.request("POST", &format!("{student}/complete")))
            .await;
        assert_eq!(
            (completed.status.as_u16(), &completed.body["completed_at"]),
            (200, &json!("2026-03-14T08:05:12Z"))
        );
    }
    assert_eq!(
        api.get(&format!("/v1/courses/{course}/students"))
            .await
            .body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let enrollments = api
        .get(&format!("/v1/users/{}/enrollments", id(&user)))
        .await;
    assert_eq!(enrollments.body["data"][0]["course"]["student_count"], 1);
    assert_eq!(api.delete(&student).await.status, 204);
    let kinds: Vec<_> = events_of(&api)
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "user.created",
            "course.enrolled",
            "course.completed",
            "course.left"
        ]
    );
    let unknown = format!(
        "/v1/courses/{course}/students/{}",
        domain::id::UserId::generate()
    );
    api.json("PUT", &unknown, &json!({}))
        .await
        .expect_problem(404, "not_found");
}

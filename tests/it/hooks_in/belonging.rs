//! Who belongs to what after a call. (E…: the numbered edge cases of the intake.)

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    who_is_in_stays_as_they_are,
    who_waited_is_in_and_joins_once,
    a_student_is_enrolled_whatever_they_are_elsewhere,
    what_was_not_there_leaves_no_trace,
    admins_follow_the_protection_of_roles,
    lists_that_contradict_themselves_are_not_saved,
    privacy_and_publication_do_not_bar_a_webhook,
    without_lists_a_call_still_makes_the_user,
    a_call_that_fails_half_way_changes_nothing,
    coming_back_keeps_what_was_completed,
    coming_back_starts_anew_and_staying_does_not,
);

fn actions(done: &Value) -> Vec<&str> {
    done["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["action"].as_str().unwrap())
        .collect()
}

/// How many events of a type there are.
async fn count(app: &App, kind: &str) -> usize {
    app.api
        .all("/v1/events")
        .await
        .iter()
        .filter(|event| event["type"] == kind)
        .count()
}

async fn call(app: &App, url: &str) -> Value {
    app.api
        .call_form(url, &[("email", "ines@example.org")])
        .await
        .ok(200)
        .json()
}

async fn member(app: &App, space: &str) -> Value {
    app.api
        .list_members(space)
        .await
        .ok(200)
        .list()
        .first()
        .cloned()
        .unwrap_or_default()
}

async fn who_is_in_stays_as_they_are(profile: Profile) {
    let app = App::start(profile).await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    for (i, role) in ["member", "moderator", "admin"].iter().enumerate() {
        let space = fixtures::space(&app.api, role).await;
        app.api
            .put_member(&space, &user, &json!({ "role": role }))
            .await
            .ok(200);
        let before = member(&app, &space).await;
        let (_, url) = fixtures::incoming_webhook(
            &app.api,
            &json!({ "name": "Shop", "add_space_ids": [space] }),
        )
        .await;
        assert_eq!(actions(&call(&app, &url).await), ["already_member"]);
        assert_eq!(member(&app, &space).await, before, "role and joined_at too");
        assert_eq!(
            count(&app, "space.joined").await,
            i + 1,
            "only those of the PUTs"
        );
    }
}

async fn who_waited_is_in_and_joins_once(profile: Profile) {
    let app = App::start(profile).await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    app.api
        .put_member(
            &space,
            &user,
            &json!({ "role": "moderator", "status": "pending" }),
        )
        .await
        .ok(200);
    let asked = member(&app, &space).await;
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    assert_eq!(actions(&call(&app, &url).await), ["reactivated"]);
    assert_eq!(actions(&call(&app, &url).await), ["already_member"]);
    let now = member(&app, &space).await;
    assert_eq!(
        (&now["status"], &now["role"]),
        (&json!("active"), &json!("moderator"))
    );
    assert!(
        now["joined_at"].as_str() > asked["joined_at"].as_str(),
        "they joined now: {asked} {now}"
    );
    assert_eq!(
        (
            count(&app, "space.joined").await,
            count(&app, "space.join_requested").await
        ),
        (1, 1)
    );
}

/// Courses have students, whatever the user is elsewhere.
async fn a_student_is_enrolled_whatever_they_are_elsewhere(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .put_member(&space, &user, &json!({ "role": "admin" }))
        .await
        .ok(200);
    app.api
        .put_student(&course, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    let lists = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (_, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    assert_eq!(
        actions(&call(&app, &url).await),
        ["already_member", "reactivated"]
    );
    let student = app.api.list_students(&course).await.ok(200).list()[0].clone();
    assert_eq!(
        (&student["status"], student.get("role")),
        (&json!("active"), None)
    );
    assert_eq!(count(&app, "course.enrolled").await, 1);
}

async fn what_was_not_there_leaves_no_trace(profile: Profile) {
    let app = App::start(profile).await;
    let (never, asked) = (
        fixtures::space(&app.api, "Never").await,
        fixtures::space(&app.api, "Asked").await,
    );
    let (no_course, waits) = (
        fixtures::course(&app.api, "No").await,
        fixtures::course(&app.api, "Waits").await,
    );
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .put_member(&asked, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    app.api
        .put_student(&waits, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    let lists = json!({ "name": "Leave", "remove_space_ids": [never, asked], "remove_course_ids": [no_course, waits] });
    let (_, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    assert_eq!(
        actions(&call(&app, &url).await),
        [
            "not_member",
            "request_withdrawn",
            "not_member",
            "request_withdrawn"
        ]
    );
    assert_eq!(actions(&call(&app, &url).await), ["not_member"; 4]);
    assert_eq!(
        (
            count(&app, "space.left").await,
            count(&app, "course.left").await
        ),
        (0, 0)
    );
    assert!(member(&app, &asked).await.is_null());
}

async fn admins_follow_the_protection_of_roles(profile: Profile) {
    let app = App::start(profile).await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    let lists = json!({ "name": "Leave", "remove_space_ids": [space], "protect_roles": true });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    for role in ["moderator", "admin"] {
        app.api
            .put_member(&space, &user, &json!({ "role": role }))
            .await
            .ok(200);
        assert_eq!(actions(&call(&app, &url).await), ["protected"]);
        assert_eq!(member(&app, &space).await["role"], role);
    }
    assert_eq!(count(&app, "space.left").await, 0);
    app.api
        .update_incoming_webhook(&webhook, &json!({ "protect_roles": false }))
        .await
        .ok(200);
    assert_eq!(
        actions(&call(&app, &url).await),
        ["removed"],
        "the last admin, too"
    );
    assert!(member(&app, &space).await.is_null());
    assert_eq!(count(&app, "space.left").await, 1);
    app.api
        .update_incoming_webhook(&webhook, &json!({ "protect_roles": true }))
        .await
        .ok(200);
    app.api
        .put_member(&space, &user, &json!({ "role": "member" }))
        .await
        .ok(200);
    assert_eq!(
        actions(&call(&app, &url).await),
        ["removed"],
        "members have no role to protect"
    );
}

/// The same rules hold when a webhook is changed. (When it is created:
/// `targets_must_exist_and_not_contradict`.)
async fn lists_that_contradict_themselves_are_not_saved(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let lists = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    for (change, pointer, code) in [
        (
            json!({ "add_course_ids": [course, course] }),
            "/add_course_ids/1",
            "duplicate",
        ),
        (
            json!({ "remove_space_ids": [space] }),
            "/remove_space_ids/0",
            "overlapping",
        ),
        (
            json!({ "remove_course_ids": [course] }),
            "/remove_course_ids/0",
            "overlapping",
        ),
    ] {
        let found = app
            .api
            .update_incoming_webhook(&webhook, &change)
            .await
            .invalid();
        assert_eq!(found, [(pointer.to_owned(), code.to_owned())]);
    }
    let found = app
        .api
        .update_incoming_webhook(&webhook, &json!({ "remove_course_ids": [space] }))
        .await
        .invalid();
    assert!(found[0].0.starts_with("/remove_course_ids"), "{found:?}");
    assert_eq!(
        actions(&call(&app, &url).await),
        ["added", "added"],
        "what was saved still holds"
    );
}

/// A target that exists but is not open to everybody. (One that was deleted:
/// `a_deleted_target_is_skipped`.)
async fn privacy_and_publication_do_not_bar_a_webhook(profile: Profile) {
    let app = App::start(profile).await;
    let mut lists = json!({ "name": "Shop", "add_space_ids": [], "add_course_ids": [] });
    for privacy in ["public", "private", "secret"] {
        let space = app
            .api
            .create_space(&json!({ "title": privacy, "privacy": privacy }))
            .await
            .ok(201)
            .json();
        lists["add_space_ids"]
            .as_array_mut()
            .unwrap()
            .push(space["id"].clone());
    }
    for status in ["draft", "published", "archived"] {
        let course = json!({ "title": status, "status": status, "privacy": "secret" });
        let course = app.api.create_course(&course).await.ok(201).json();
        lists["add_course_ids"]
            .as_array_mut()
            .unwrap()
            .push(course["id"].clone());
    }
    let (_, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    let gone = lists["add_course_ids"][0].as_str().unwrap();
    app.api.delete_course(gone).await.ok(204);
    assert_eq!(
        actions(&call(&app, &url).await),
        ["added", "added", "added", "skipped", "added", "added"]
    );
}

async fn without_lists_a_call_still_makes_the_user(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Sign-up" })).await;
    let done = call(&app, &url).await;
    assert_eq!(
        (&done["user_created"], &done["changes"]),
        (&json!(true), &json!([]))
    );
    let again = call(&app, &url).await;
    assert_eq!(
        (&again["user_created"], &again["user_id"]),
        (&json!(false), &done["user_id"])
    );
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        2
    );
    assert_eq!(
        (
            count(&app, "user.created").await,
            app.api.all("/v1/events").await.len()
        ),
        (1, 1)
    );
}

/// The last of its targets cannot be written.
async fn a_call_that_fails_half_way_changes_nothing(profile: Profile) {
    let app = App::start(profile).await;
    let (space, course) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let lists = json!({ "name": "Shop", "add_space_ids": [space], "add_course_ids": [course] });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    let (bar, unbar) = match profile {
        Profile::Embedded => (
            "CREATE TRIGGER bar BEFORE INSERT ON enrollments BEGIN SELECT RAISE(ABORT, 'barred'); END",
            "DROP TRIGGER bar",
        ),
        Profile::Server => (
            "ALTER TABLE enrollments ADD CONSTRAINT bar CHECK (false) NOT VALID",
            "ALTER TABLE enrollments DROP CONSTRAINT bar",
        ),
    };
    app.execute(bar).await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .problem(500, "internal");
    assert_eq!(app.api.list_users("").await.ok(200).list().len(), 0);
    assert!(member(&app, &space).await.is_null());
    assert_eq!(app.api.all("/v1/events").await.len(), 0);
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        0
    );
    app.execute(unbar).await;
    let done = call(&app, &url).await;
    assert_eq!(
        (&done["user_created"], actions(&done)),
        (&json!(true), vec!["added", "added"]),
        "it is safe to try again"
    );
}

/// What was completed stays so for who leaves and comes back, by webhook or by API, and is not
/// told twice.
async fn coming_back_keeps_what_was_completed(profile: Profile) {
    let app = App::start(profile).await;
    let course = fixtures::course(&app.api, "Rust 101").await;
    let (_, add) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Add", "add_course_ids": [course] }),
    )
    .await;
    let (_, remove) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Remove", "remove_course_ids": [course] }),
    )
    .await;
    let user = call(&app, &add).await["user_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let completed =
        app.api.complete_course(&course, &user).await.ok(200).json()["completed_at"].clone();
    assert!(completed.is_string());
    let student = async || app.api.list_students(&course).await.ok(200).list()[0].clone();
    assert_eq!(actions(&call(&app, &remove).await), ["removed"]);
    assert_eq!(actions(&call(&app, &add).await), ["added"]);
    assert_eq!(student().await["completed_at"], completed);
    app.api.delete_student(&course, &user).await.ok(204);
    assert_eq!(
        app.api
            .put_student(&course, &user, &json!({}))
            .await
            .ok(200)
            .json()["completed_at"],
        completed
    );
    assert_eq!(student().await["completed_at"], completed);
    assert_eq!(
        app.api.complete_course(&course, &user).await.ok(200).json()["completed_at"],
        completed
    );
    assert_eq!(
        (
            count(&app, "course.enrolled").await,
            count(&app, "course.completed").await
        ),
        (3, 1)
    );
}

async fn coming_back_starts_anew_and_staying_does_not(profile: Profile) {
    let app = App::start(profile).await;
    let course = json!({ "title": "Rust 101", "type": "structured", "status": "published" });
    let course = fixtures::id(&app.api.create_course(&course).await.ok(201).json());
    let (_, add) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Add", "add_course_ids": [course] }),
    )
    .await;
    let (_, remove) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Remove", "remove_course_ids": [course] }),
    )
    .await;
    let student = async || app.api.list_students(&course).await.ok(200).list()[0].clone();
    assert_eq!(actions(&call(&app, &add).await), ["added"]);
    let first = student().await;
    assert_eq!(actions(&call(&app, &add).await), ["already_enrolled"]);
    assert_eq!(
        student().await,
        first,
        "the date stays, and with it which sections are open"
    );
    assert_eq!(actions(&call(&app, &remove).await), ["removed"]);
    assert_eq!(actions(&call(&app, &add).await), ["added"]);
    let second = student().await;
    assert!(
        second["enrolled_at"].as_str() > first["enrolled_at"].as_str(),
        "{first} {second}"
    );
    assert_eq!(
        (
            count(&app, "course.enrolled").await,
            count(&app, "course.left").await
        ),
        (2, 1)
    );
}

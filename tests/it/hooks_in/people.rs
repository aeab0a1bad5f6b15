//! Whom a call finds, makes, adds and removes.

use hookyard_tests::{App, Profile, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    a_user_who_is_there_keeps_everything,
    the_remove_lists_remove,
    logins_that_are_taken_or_odd_are_replaced,
    a_blocked_user_is_refused,
    a_pending_user_is_added_and_stays_pending,
    a_deleted_target_is_skipped,
    simultaneous_calls_make_one_user,
    a_repeat_with_an_idempotency_key_is_one_call,
);

fn actions(done: &Value) -> Vec<(&str, &str)> {
    let changes = done["changes"].as_array().expect("changes").iter();
    changes
        .map(|change| {
            (
                change["id"].as_str().unwrap(),
                change["action"].as_str().unwrap(),
            )
        })
        .collect()
}

async fn a_user_who_is_there_keeps_everything(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let body = json!({ "email": "ines@example.org", "username": "ines_m", "first_name": "Ines" });
    let user = app.api.create_user(&body).await.ok(201).json();
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    let form = [
        ("email", "INES@EXAMPLE.ORG"),
        ("first_name", "X"),
        ("user_login", "x"),
        ("user_pass", "new password"),
    ];
    let done = app.api.call_form(&url, &form).await.ok(200).json();
    assert_eq!(
        (&done["user_id"], &done["user_created"], &done["username"]),
        (&user["id"], &json!(false), &json!("ines_m"))
    );
    assert_eq!(actions(&done), [(space.as_str(), "added")]);
    let again = app.api.call_form(&url, &form).await.ok(200).json();
    assert_eq!(actions(&again), [(space.as_str(), "already_member")]);
    let now = app
        .api
        .read_user(user["id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(now, user);
}

async fn the_remove_lists_remove(profile: Profile) {
    let app = App::start(profile).await;
    let (member, guest) = (
        fixtures::space(&app.api, "Member").await,
        fixtures::space(&app.api, "Guest").await,
    );
    let (wanted, course) = (
        fixtures::space(&app.api, "Wanted").await,
        fixtures::course(&app.api, "Rust 101").await,
    );
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .put_member(&member, &user, &json!({ "role": "admin" }))
        .await
        .ok(200);
    app.api
        .put_member(&wanted, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    app.api
        .put_student(&course, &user, &json!({}))
        .await
        .ok(200);
    let lists = json!({ "name": "Leave", "remove_space_ids": [member, guest, wanted], "remove_course_ids": [course] });
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &lists).await;
    app.api
        .update_incoming_webhook(&webhook, &json!({ "protect_roles": true }))
        .await
        .ok(200);
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200)
        .json();
    assert!(actions(&done).contains(&(&member, "protected")), "{done}");
    app.api
        .update_incoming_webhook(&webhook, &json!({ "protect_roles": false }))
        .await
        .ok(200);
    app.api
        .put_student(&course, &user, &json!({}))
        .await
        .ok(200);
    app.api
        .put_member(&wanted, &user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200)
        .json();
    let mut found = actions(&done);
    found.sort_unstable();
    let mut expected = vec![
        (member.as_str(), "removed"),
        (&guest, "not_member"),
        (&wanted, "request_withdrawn"),
        (&course, "removed"),
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(
        app.api.list_memberships(&user).await.ok(200).list().len(),
        0
    );
}

async fn logins_that_are_taken_or_odd_are_replaced(profile: Profile) {
    let app = App::start(profile).await;
    let (_, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let login = async |email: &str, wanted: &str| {
        let done = app
            .api
            .call_form(&url, &[("email", email), ("user_login", wanted)])
            .await
            .ok(200)
            .json();
        done["username"].as_str().unwrap().to_owned()
    };
    assert_eq!(login("one@example.org", "ines_m").await, "ines_m");
    for (email, wanted, given) in [
        ("two@example.org", "INES_M", "two"),
        ("three@example.org", "admin", "three"),
        ("four@example.org", "é", "four"),
        ("ines@a.example.org", "", "ines"),
        ("ines@b.example.org", "", "ines2"),
        ("ines@c.example.org", "🎉🎉🎉", "ines3"),
    ] {
        assert_eq!(login(email, wanted).await, given, "{email}");
    }
}

async fn a_blocked_user_is_refused(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .update_user(&user, &json!({ "status": "blocked" }))
        .await
        .ok(200);
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .problem(403, "user_blocked");
    assert_eq!(app.api.list_members(&space).await.ok(200).list().len(), 0);
}

async fn a_pending_user_is_added_and_stays_pending(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let user = fixtures::user(&app.api, "ines@example.org").await;
    app.api
        .update_user(&user, &json!({ "status": "pending" }))
        .await
        .ok(200);
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200)
        .json();
    assert_eq!(
        (actions(&done), &done["user_id"]),
        (vec![(space.as_str(), "added")], &json!(user))
    );
    assert_eq!(
        app.api.read_user(&user).await.ok(200).json()["status"],
        "pending"
    );
    let members = app.api.list_members(&space).await.ok(200);
    assert_eq!(members.list().len(), 1);
    assert_eq!(members.list()[0]["user"]["status"], "pending");
}

async fn a_deleted_target_is_skipped(profile: Profile) {
    let app = App::start(profile).await;
    let (gone, there) = (
        fixtures::space(&app.api, "Gone").await,
        fixtures::space(&app.api, "There").await,
    );
    let (_, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [gone, there] }),
    )
    .await;
    app.api.delete_space(&gone).await.ok(204);
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200)
        .json();
    assert_eq!(
        actions(&done),
        [(gone.as_str(), "skipped"), (there.as_str(), "added")]
    );
    assert!(done["changes"][0]["reason"].is_string(), "{done}");
}

async fn simultaneous_calls_make_one_user(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let (webhook, url) = fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "add_space_ids": [space] }),
    )
    .await;
    let form = [("email", "ines@example.org"), ("user_pass", "a password")];
    let calls = (0..16).map(|_| app.api.call_form(&url, &form));
    let answers = futures_util::future::join_all(calls).await;
    let done: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.ok(200).json())
        .collect();
    assert!(
        done.iter().all(|one| one["user_id"] == done[0]["user_id"]),
        "{done:?}"
    );
    assert_eq!(
        done.iter()
            .filter(|one| one["user_created"] == true)
            .count(),
        1
    );
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        16
    );
    let events = app.api.all("/v1/events").await;
    assert_eq!(events.len(), 2, "user.created and space.joined: {events:?}");
}

/// Another body under the same key gets 422, as the Idempotency-Key draft asks.
async fn a_repeat_with_an_idempotency_key_is_one_call(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let sender = app.api.idempotent("order-9041");
    let first = sender
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let again = sender
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let other = [("email", "other@example.org")];
    sender
        .call_form(&url, &other)
        .await
        .problem(422, "idempotency_key_reused");
    sender
        .call_form(&format!("{}/hooks/in/nonsense", app.api.base), &other)
        .await
        .problem(404, "webhook_not_found");
    assert_eq!(
        app.api.read_incoming_webhook(&webhook).await.ok(200).json()["call_count"],
        1
    );
    let (_, another) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Another" })).await;
    let done = sender.call_form(&another, &other).await.ok(200).json();
    assert_eq!(
        done["user_created"], true,
        "keys belong to their webhook: {done}"
    );
}

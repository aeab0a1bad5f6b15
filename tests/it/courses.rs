//! /v1/courses and their students

use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

both_profiles!(
    a_course_is_created_changed_and_deleted,
    a_student_is_added_and_completes,
    enrolling_reaches_a_feed
);

async fn a_course_is_created_changed_and_deleted(profile: Profile) {
    let app = App::start(profile).await;
    let course = app
        .api
        .create_course(&json!({ "title": "Rust 101" }))
        .await
        .ok(201)
        .json();
    let keys: Vec<_> = course
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "id",
        "title",
        "slug",
        "description",
        "privacy",
        "type",
        "status",
        "student_count",
    ];
    assert_eq!(
        keys,
        [&documented[..], &["created_at", "updated_at"]].concat()
    );
    assert_eq!(
        (&course["slug"], &course["type"]),
        (&json!("rust-101"), &json!("self_paced"))
    );
    let change = json!({ "type": "structured", "status": "archived", "slug": "rust" });
    let changed = app
        .api
        .update_course(&id(&course), &change)
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&changed["type"], &changed["status"], &changed["slug"]),
        (&json!("structured"), &json!("archived"), &json!("rust"))
    );
    assert_eq!(
        app.api.list_courses("?search=rust").await.ok(200).list(),
        [changed]
    );
    for (wrong, pointer) in [
        (json!({ "type": "x" }), "/type"),
        (json!({ "status": null }), "/status"),
        (json!({ "slug": "A B" }), "/slug"),
    ] {
        assert_eq!(
            app.api.update_course(&id(&course), &wrong).await.invalid()[0].0,
            pointer
        );
    }
    app.api.delete_course(&id(&course)).await.ok(204);
    app.api
        .read_course(&id(&course))
        .await
        .problem(404, "not_found");
}

async fn a_student_is_added_and_completes(profile: Profile) {
    let app = App::start(profile).await;
    let (course, user) = (
        fixtures::course(&app.api, "Rust 101").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    app.api
        .complete_course(&course, &user)
        .await
        .problem(404, "not_found");
    let student = app
        .api
        .put_student(&course, &user, &json!({}))
        .await
        .ok(200)
        .json();
    assert_eq!(
        (&student["status"], &student["completed_at"]),
        (&json!("active"), &json!(null))
    );
    assert!(
        student["enrolled_at"].is_string() && student["user"]["id"] == json!(user),
        "{student}"
    );
    assert_eq!(
        app.api
            .put_student(&course, &user, &json!({}))
            .await
            .ok(200)
            .json(),
        student,
        "nothing restarts"
    );
    let done = app.api.complete_course(&course, &user).await.ok(200).json();
    assert!(done["completed_at"].is_string(), "{done}");
    let again = app.api.complete_course(&course, &user).await.ok(200).json();
    assert_eq!(again["completed_at"], done["completed_at"]);
    assert_eq!(app.api.list_students(&course).await.ok(200).list(), [done]);
    assert_eq!(
        app.api.read_course(&course).await.ok(200).json()["student_count"],
        1
    );
    app.api.delete_student(&course, &user).await.ok(204);
    app.api
        .delete_student(&course, &user)
        .await
        .problem(404, "not_found");
}

async fn enrolling_reaches_a_feed(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    let (course, user) = (
        fixtures::course(&app.api, "Rust 101").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    fixtures::feed(
        &app.api,
        &receiver,
        &["course.enrolled", "course.completed", "course.left"],
        json!({}),
    )
    .await;
    app.api
        .put_student(&course, &user, &json!({}))
        .await
        .ok(200);
    app.api.complete_course(&course, &user).await.ok(200);
    app.api.complete_course(&course, &user).await.ok(200);
    app.api.delete_student(&course, &user).await.ok(204);
    let got: Vec<_> = receiver
        .wait_for(3)
        .await
        .iter()
        .map(|request| request.json())
        .collect();
    let mut kinds: Vec<_> = got
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["course.completed", "course.enrolled", "course.left"]
    );
    assert!(
        got.iter()
            .all(|event| event["data"]["course"]["id"] == json!(course)),
        "{got:?}"
    );
}

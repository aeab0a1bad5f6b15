//! What ends with users, spaces, courses and incoming webhooks that are deleted, and who is told.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use hookyard_tests::{App, PATIENCE, Process, Profile, both_profiles, fixtures, until};
use serde_json::{Value, json};

both_profiles!(
    whoever_leaves_with_what_is_deleted_leaves_by_an_event,
    many_leave_in_steps_and_once_each_across_a_crash,
    calls_outlive_their_webhook,
);

/// Types, reasons and places of all events since, oldest first.
async fn ended(app: &App) -> Vec<(String, Value, Value)> {
    let events = app.api.all("/v1/events").await;
    let end = |event: &Value| {
        let kind = event["type"].as_str().unwrap();
        (kind.ends_with(".left") || kind.ends_with(".deleted")).then(|| {
            let data = &event["data"];
            let place = data
                .get("space")
                .or(data.get("course"))
                .unwrap_or(&data["user"]);
            (kind.to_owned(), data["reason"].clone(), place["id"].clone())
        })
    };
    let mut ended: Vec<_> = events.iter().filter_map(end).collect();
    ended.reverse();
    ended
}

async fn whoever_leaves_with_what_is_deleted_leaves_by_an_event(profile: Profile) {
    let app = App::start(profile).await;
    let api = &app.api;
    let (ines, rui) = (
        fixtures::user(api, "ines@example.org").await,
        fixtures::user(api, "rui@example.org").await,
    );
    let (space, other) = (
        fixtures::space(api, "Lobby").await,
        fixtures::space(api, "Bar").await,
    );
    let course = fixtures::course(api, "Rust 101").await;
    for user in [&ines, &rui] {
        api.put_member(&space, user, &json!({})).await.ok(200);
        api.put_student(&course, user, &json!({})).await.ok(200);
    }
    api.put_member(&other, &ines, &json!({ "status": "pending" }))
        .await
        .ok(200);
    api.put_member(&other, &rui, &json!({})).await.ok(200);
    let etag = api
        .read_space(&space)
        .await
        .ok(200)
        .header("etag")
        .unwrap()
        .to_owned();
    api.update_space(&space, &json!({ "title": "Hall" }))
        .await
        .ok(200);
    api.if_match(&etag)
        .delete_space(&space)
        .await
        .problem(412, "stale");
    assert_eq!(ended(&app).await, [], "nothing has begun");

    api.delete_space(&space).await.ok(204);
    api.delete_user(&ines).await.ok(204);
    api.delete_course(&course).await.ok(204);
    api.delete_member(&other, &rui).await.ok(204);
    api.delete_space(&space).await.problem(404, "not_found");
    api.delete_user(&ines).await.problem(404, "not_found");
    api.delete_course(&course).await.problem(404, "not_found");
    let left = |kind: &str, reason: Value, id: &str| (kind.to_owned(), reason, json!(id));
    assert_eq!(
        ended(&app).await,
        [
            left("space.left", json!("space_deleted"), &space),
            left("space.left", json!("space_deleted"), &space),
            left("space.deleted", Value::Null, &space),
            left("course.left", json!("user_deleted"), &course),
            left("user.deleted", Value::Null, &ines),
            left("course.left", json!("course_deleted"), &course),
            left("course.deleted", Value::Null, &course),
            left("space.left", Value::Null, &other),
        ],
        "who only waited has not left"
    );
}

async fn many_leave_in_steps_and_once_each_across_a_crash(profile: Profile) {
    const MANY: usize = 900;
    let mut app = App::configured(profile, |settings| {
        settings.set("intake.max_calls_per_minute", "0");
    })
    .await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let body = json!({ "name": "Shop", "add_space_ids": [space] });
    let (_, url) = fixtures::incoming_webhook(&app.api, &body).await;
    let api = &app.api;
    let calls = stream::iter(0..MANY).map(async |n| {
        let email = format!("person{n}@example.org");
        api.call_form(&url, &[("email", &email)]).await.ok(200);
    });
    calls.buffer_unordered(16).collect::<Vec<_>>().await;
    let deletion = tokio::spawn({
        let (api, space) = (app.api.clone(), space.clone());
        async move { api.delete_space(&space).await }
    });
    let first = "/v1/events?type=space.left&limit=1";
    until("the first step is done", PATIENCE, async || {
        (!app.api.get(first).await.ok(200).list().is_empty()).then_some(())
    })
    .await;
    app.kill9(Process::Api);
    // Whether the answer came before is chance.
    drop(deletion.await);
    app.restart(Process::Api).await;
    let members = format!("/v1/spaces/{space}/members");
    let left = ended(&app).await;
    if app.api.get(&members).await.status == 200 {
        assert!(
            left.len() < MANY && left.len().is_multiple_of(400),
            "{}",
            left.len()
        );
        assert_eq!(app.api.all(&members).await.len(), MANY - left.len());
        app.api.delete_space(&space).await.ok(204);
    }
    let mut left = ended(&app).await;
    assert_eq!(left.pop().unwrap().0, "space.deleted");
    assert_eq!(left.len(), MANY);
    let events = app.api.all("/v1/events?type=space.left").await;
    let users: HashSet<_> = events
        .iter()
        .map(|event| event["data"]["user"]["id"].to_string())
        .collect();
    assert_eq!(users.len(), MANY, "each once");
}

async fn calls_outlive_their_webhook(profile: Profile) {
    let app = App::start(profile).await;
    let (webhook, url) = fixtures::incoming_webhook(&app.api, &json!({ "name": "Shop" })).await;
    let done = app
        .api
        .call_form(&url, &[("email", "ines@example.org")])
        .await;
    let call = done.ok(200).json()["call_id"].as_str().unwrap().to_owned();
    app.api.delete_incoming_webhook(&webhook).await.ok(204);
    let kept = app.api.read_call(&call).await.ok(200).json();
    assert_eq!(kept["webhook_id"], json!(webhook));
    let listed = app.api.list_calls(&webhook).await.ok(200).list();
    assert_eq!(fixtures::ids(&listed), [call]);
    let unknown = fixtures::unknown_id("inwh");
    app.api.list_calls(&unknown).await.problem(404, "not_found");
}

//! Clients that do the same thing at the same time.

use futures_util::future::join_all;
use hookyard_tests::{
    App, Profile, Receiver, both_profiles,
    fixtures::{self, id},
};
use serde_json::json;

both_profiles!(
    one_idempotency_key_makes_one_resource,
    one_address_makes_one_user,
    one_external_id_makes_one_event,
    one_of_many_conditional_changes_wins,
    unconditional_changes_all_count,
    one_joining_is_one_event,
    one_completion_is_one_event,
);

async fn one_idempotency_key_makes_one_resource(profile: Profile) {
    let app = App::start(profile).await;
    let (client, body) = (
        app.api.idempotent("make-one-space"),
        json!({ "title": "Lobby" }),
    );
    let answers = join_all((0..12).map(|_| client.create_space(&body))).await;
    let mut made = Vec::new();
    for answer in answers {
        if answer.status == 409 {
            assert_eq!(answer.header("retry-after"), Some("1"));
            answer.problem(409, "idempotency_in_progress");
        } else {
            made.push(id(&answer.ok(201).json()));
        }
    }
    made.dedup();
    assert_eq!(
        (
            made.len(),
            app.api.list_spaces("").await.ok(200).list().len()
        ),
        (1, 1)
    );
    assert_eq!(
        id(&client.create_space(&body).await.ok(201).json()),
        made[0]
    );
}

async fn one_address_makes_one_user(profile: Profile) {
    let app = App::start(profile).await;
    let bodies: Vec<_> = (0..12)
        .map(|n| json!({ "email": "ines@example.org", "first_name": format!("Ines {n}") }))
        .collect();
    let answers = join_all(bodies.iter().map(|body| app.api.create_user(body))).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 11));
    refused
        .into_iter()
        .for_each(|answer| drop(answer.problem(409, "email_taken")));
}

async fn one_external_id_makes_one_event(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let bodies: Vec<_> =
        (0..12).map(|_| json!({ "type": "order.paid", "source": "shop", "id": "1", "data": fixtures::order(1) })).collect();
    let answers = join_all(bodies.iter().map(|body| app.api.create_event(body))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 11].as_slice(), &[202]].concat());
    let ids: std::collections::HashSet<_> =
        answers.iter().map(|answer| id(&answer.json())).collect();
    let marker = fixtures::order_paid(&app.api, 99).await;
    let got = receiver.wait_for(2).await;
    assert_eq!(
        (ids.len(), got.len(), app.api.all("/v1/events").await.len()),
        (1, 2, 2)
    );
    assert!(
        got.iter()
            .any(|request| request.json()["id"] == json!(marker))
    );
}

async fn one_of_many_conditional_changes_wins(profile: Profile) {
    let app = App::start(profile).await;
    let made = app
        .api
        .create_space(&json!({ "title": "Lobby" }))
        .await
        .ok(201);
    let (space, client) = (id(&made.json()), app.api.if_match(&made.etag()));
    let bodies: Vec<_> = (0..12)
        .map(|n| json!({ "title": format!("Lobby {n}") }))
        .collect();
    let answers = join_all(bodies.iter().map(|body| client.update_space(&space, body))).await;
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 11));
    assert_eq!(
        app.api.read_space(&space).await.ok(200).json(),
        won[0].json()
    );
    lost.into_iter()
        .for_each(|answer| drop(answer.problem(412, "stale")));
}

async fn unconditional_changes_all_count(profile: Profile) {
    let app = App::start(profile).await;
    let space = fixtures::space(&app.api, "Lobby").await;
    let change = |n: u32| {
        if n.is_multiple_of(2) {
            json!({ "description": format!("{n}") })
        } else {
            json!({ "title": format!("{n}") })
        }
    };
    let bodies: Vec<_> = (0..6).map(change).collect();
    let answers = join_all(bodies.iter().map(|body| app.api.update_space(&space, body))).await;
    answers.into_iter().for_each(|answer| drop(answer.ok(200)));
    let now = app.api.read_space(&space).await.ok(200).json();
    assert!(
        now["title"] != "Lobby" && now["description"].is_string(),
        "neither field was overwritten by the other's change: {now}"
    );
}

async fn one_joining_is_one_event(profile: Profile) {
    let app = App::start(profile).await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    let nothing = json!({});
    join_all((0..12).map(|_| app.api.put_member(&space, &user, &nothing)))
        .await
        .into_iter()
        .for_each(|answer| drop(answer.ok(200)));
    assert_eq!(app.api.list_members(&space).await.ok(200).list().len(), 1);
    let events = app.api.all("/v1/events").await;
    assert_eq!(
        events
            .iter()
            .filter(|event| event["type"] == "space.joined")
            .count(),
        1
    );
}

async fn one_completion_is_one_event(profile: Profile) {
    let app = App::start(profile).await;
    let (course, user) = (
        fixtures::course(&app.api, "Rust 101").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    app.api
        .put_student(&course, &user, &json!({}))
        .await
        .ok(200);
    let answers = join_all((0..12).map(|_| app.api.complete_course(&course, &user))).await;
    let mut times: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.ok(200).json()["completed_at"].clone())
        .collect();
    times.dedup();
    assert!(times.len() == 1 && times[0].is_string(), "{times:?}");
    let events = app.api.all("/v1/events").await;
    assert_eq!(
        events
            .iter()
            .filter(|event| event["type"] == "course.completed")
            .count(),
        1
    );
}

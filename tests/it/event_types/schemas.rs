//! Schemas of custom types: checked when they are saved, and enforced.

use hookyard_tests::{App, Client, Profile, Receiver, both_profiles, fixtures};
use serde_json::{Value, json};

both_profiles!(
    a_schema_is_checked_when_it_is_saved,
    events_that_break_a_schema_are_refused,
    a_changed_schema_counts_at_once,
);

fn schema() -> Value {
    json!({
        "type": "object", "required": ["quiz"],
        "properties": { "quiz": { "type": "object", "required": ["score"], "properties": { "score": { "type": "integer", "maximum": 10 } } } },
    })
}

pub(crate) async fn quiz(api: &Client) {
    let body = json!({
        "name": "quiz.passed", "label": "Quiz Passed", "group": "Quizzes", "schema": schema(), "example": { "quiz": { "score": 9 } },
    });
    assert_eq!(
        api.create_event_type(&body).await.ok(201).json()["schema"],
        schema()
    );
}

async fn a_schema_is_checked_when_it_is_saved(profile: Profile) {
    let app = App::start(profile).await;
    let refused = async |schema: Value, example: Value| {
        let body = json!({ "name": "quiz.passed", "label": "x", "group": "x", "schema": schema, "example": example });
        app.api.create_event_type(&body).await.invalid()
    };
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    let wrong = json!({ "properties": { "quiz": { "type": "objekt" } } });
    assert_eq!(
        refused(wrong, json!({})).await,
        one("/schema/properties/quiz/type", "invalid_schema")
    );
    let remote = json!({ "properties": { "quiz": { "$ref": "http://127.0.0.1:9/schema.json" } } });
    assert_eq!(
        refused(remote, json!({})).await,
        one("/schema/properties/quiz/$ref", "remote_reference")
    );
    let recursive = json!({ "properties": { "quiz": { "$ref": "#" } } });
    assert_eq!(
        refused(recursive, json!({})).await,
        one("/schema/properties/quiz/$ref", "recursive_reference")
    );
    assert_eq!(
        refused(schema(), json!({ "quiz": { "score": "9" } })).await,
        one("/example/quiz/score", "schema_mismatch")
    );
    app.api
        .read_event_type("quiz.passed")
        .await
        .problem(404, "not_found");
    quiz(&app.api).await;
    let other = json!({ "example": { "quiz": {} } });
    assert_eq!(
        app.api
            .update_event_type("quiz.passed", &other)
            .await
            .invalid(),
        one("/example/quiz", "schema_mismatch")
    );
    let other = json!({ "schema": { "required": ["room"] } });
    assert_eq!(
        app.api
            .update_event_type("quiz.passed", &other)
            .await
            .invalid(),
        one("/example", "schema_mismatch")
    );
}

async fn events_that_break_a_schema_are_refused(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    quiz(&app.api).await;
    fixtures::feed(&app.api, &receiver, &["quiz.passed"], json!({})).await;
    let event =
        |score: Value| json!({ "type": "quiz.passed", "data": { "quiz": { "score": score } } });
    let broken = |pointer: &str| (pointer.to_owned(), "schema_mismatch".to_owned());
    assert_eq!(
        app.api.create_event(&event(json!(11))).await.invalid(),
        [broken("/data/quiz/score")]
    );
    assert_eq!(
        app.api
            .create_event(&json!({ "type": "quiz.passed", "data": {} }))
            .await
            .invalid(),
        [broken("/data")]
    );
    let batch = [
        event(json!(1)),
        event(json!("s3cret-word")),
        json!({ "type": "order.paid", "data": {} }),
        event(json!(12)),
    ];
    let answer = app.api.create_events(&batch).await;
    assert!(
        !format!("{answer:?}").contains("s3cret-word"),
        "the event is not quoted: {answer:?}"
    );
    assert_eq!(
        answer.invalid(),
        [
            broken("/events/1/data/quiz/score"),
            broken("/events/3/data/quiz/score")
        ]
    );
    assert_eq!(
        app.api.all("/v1/events").await.len(),
        0,
        "nothing of a broken batch is kept"
    );
    app.api.create_event(&event(json!(7))).await.ok(202);
    assert_eq!(
        receiver.wait_for(1).await[0].json()["data"]["quiz"]["score"],
        7
    );
    let many: Vec<_> = (0..1000).map(|n| event(json!(100 + n))).collect();
    let told = app.api.create_events(&many).await.invalid().len();
    assert!(
        (100..=250).contains(&told),
        "as many as a person can use: {told}"
    );
}

async fn a_changed_schema_counts_at_once(profile: Profile) {
    let app = App::start(profile).await;
    quiz(&app.api).await;
    let event = json!({ "type": "quiz.passed", "data": { "quiz": { "score": 11 } } });
    app.api
        .create_event(&event)
        .await
        .problem(422, "invalid_fields");
    app.api
        .update_event_type("quiz.passed", &json!({ "schema": null }))
        .await
        .ok(200);
    app.api.create_event(&event).await.ok(202);
    app.api
        .update_event_type("quiz.passed", &json!({ "schema": schema() }))
        .await
        .ok(200);
    app.api
        .create_event(&event)
        .await
        .problem(422, "invalid_fields");
    app.api.delete_event_type("quiz.passed").await.ok(204);
    assert_eq!(
        app.api.create_event(&event).await.invalid()[0].1,
        "unknown_event_type"
    );
}

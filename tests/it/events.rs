//! /v1/events

use hookyard_tests::{
    App, PATIENCE, Profile, Receiver, both_profiles,
    fixtures::{self, id, ids},
    until,
};
use serde_json::json;

both_profiles!(
    an_event_is_accepted_and_read,
    the_same_id_from_the_same_source_is_one_event,
    an_id_that_belongs_to_another_event_is_refused,
    a_batch_is_accepted_as_a_whole,
    a_batch_tells_what_was_there_already,
    the_bytes_of_the_data_survive,
    every_invalid_field_is_named,
    events_of_the_catalogue_are_taken_and_filtered,
);

async fn an_event_is_accepted_and_read(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let body = json!({ "type": "order.paid", "occurred_at": "2026-03-14T09:05:12+01:00", "data": fixtures::order(1) });
    let made = app.api.create_event(&body).await.ok(202);
    let event = made.json();
    let documented = [
        "id",
        "external_id",
        "type",
        "source",
        "occurred_at",
        "received_at",
        "routed_at",
        "data",
        "delivery_counts",
    ];
    assert_eq!(
        event.as_object().unwrap().keys().collect::<Vec<_>>(),
        documented
    );
    assert_eq!(
        (&event["source"], &event["external_id"], &event["data"]),
        (&json!("api"), &json!(null), &fixtures::order(1))
    );
    assert_eq!(event["occurred_at"], "2026-03-14T08:05:12Z");
    assert!(
        made.header("location")
            .is_some_and(|url| url.ends_with(&id(&event))),
        "{made:?}"
    );
    receiver.wait_for(1).await;
    until("the event is routed and counted", PATIENCE, async || {
        let read = app.api.read_event(&id(&event)).await.ok(200).json();
        (read["delivery_counts"] == json!({ "succeeded": 1 }) && read["routed_at"].is_string())
            .then_some(())
    })
    .await;
    app.api
        .read_event(&fixtures::unknown_id("evt"))
        .await
        .problem(404, "not_found");
}

async fn the_same_id_from_the_same_source_is_one_event(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    let body = |source: &str, number| json!({ "type": "order.paid", "id": "order-1", "source": source, "data": fixtures::order(number) });
    let first = app.api.create_event(&body("shop", 1)).await.ok(202).json();
    let again = app.api.create_event(&body("shop", 1)).await.ok(200).json();
    assert_eq!(
        (&again["id"], &again["data"]),
        (&first["id"], &first["data"])
    );
    assert_eq!(
        (&first["external_id"], &first["source"]),
        (&json!("order-1"), &json!("shop"))
    );
    let other = app
        .api
        .create_event(&body("other shop", 3))
        .await
        .ok(202)
        .json();
    assert_ne!(other["id"], first["id"]);
    let marker = fixtures::order_paid(&app.api, 4).await;
    let got = receiver.wait_for(3).await;
    let mut numbers: Vec<_> = got
        .iter()
        .map(|request| request.json()["data"]["order"]["id"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 3, 4]);
    assert_eq!(
        ids(&app.api.list_events("").await.ok(200).list()),
        [marker, id(&other), id(&first)]
    );
}

async fn an_id_that_belongs_to_another_event_is_refused(profile: Profile) {
    let app = App::start(profile).await;
    let event = |kind: &str, id: &str, number| json!({ "type": kind, "id": id, "source": "shop", "data": { "n": number } });
    let first = event("order.paid", "1", 1);
    let made = id(&app.api.create_event(&first).await.ok(202).json());
    for other in [event("order.paid", "1", 2), event("order.shipped", "1", 1)] {
        let refused = app.api.create_event(&other).await;
        let problem = refused.problem(409, "event_id_reused");
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/id"), &json!("event_id_reused"))
        );
        // Others in the batch are good, and one has its id twice.
        let batch = [
            event("order.paid", "2", 2),
            other,
            first.clone(),
            event("order.paid", "2", 3),
        ];
        let problem = app
            .api
            .create_events(&batch)
            .await
            .problem(409, "event_id_reused");
        let places: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(places, ["/events/1/id", "/events/3/id"]);
    }
    assert_eq!(
        ids(&app.api.all("/v1/events").await),
        [made],
        "nothing of a refused batch is kept"
    );
    // An alias is the same type.
    let again = event("order_paid_done", "1", 1);
    app.api.create_event(&again).await.ok(200);
    // What retention has removed is not held against a repeat.
    let removed = if profile == Profile::Server {
        "UPDATE events SET data = '\\x'"
    } else {
        "UPDATE events SET data = x''"
    };
    app.execute(removed).await;
    let batch = [event("order.paid", "1", 2)];
    let told = app.api.create_events(&batch).await.ok(202).list();
    assert_eq!(told[0]["duplicate"], true);
    app.api
        .create_event(&event("order.shipped", "1", 1))
        .await
        .problem(409, "event_id_reused");
}

async fn a_batch_is_accepted_as_a_whole(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(
        &app.api,
        &receiver,
        &["order.paid"],
        json!({ "max_in_flight": 64 }),
    )
    .await;
    let event = |n: u64| json!({ "type": "order.paid", "id": format!("o-{n}"), "source": "shop", "data": fixtures::order(n) });
    let batch: Vec<_> = (0..1000).map(event).collect();
    app.api.create_events(&batch).await.ok(202);
    let got = receiver.wait_for(1000).await;
    let numbers: std::collections::HashSet<_> = got
        .iter()
        .filter_map(|r| r.json()["data"]["order"]["id"].as_u64())
        .collect();
    assert_eq!(numbers, (0..1000).collect());
    let broken = [
        event(2000),
        json!({ "type": "Order Paid", "data": {} }),
        event(2001),
    ];
    assert_eq!(
        app.api.create_events(&broken).await.invalid()[0].0,
        "/events/1/type"
    );
    let found = app.api.all("/v1/events").await;
    assert_eq!(found.len(), 1000, "nothing of a broken batch is kept");
    let too_many: Vec<_> = (0..1001)
        .map(|_| json!({ "type": "order.paid", "data": {} }))
        .collect();
    assert_eq!(
        app.api.create_events(&too_many).await.invalid()[0].0,
        "/events"
    );
}

async fn a_batch_tells_what_was_there_already(profile: Profile) {
    let app = App::start(profile).await;
    let event = |id: &str| json!({ "type": "order.paid", "id": id, "source": "shop", "data": {} });
    let single = app.api.create_event(&event("a")).await.ok(202).json();
    let batch = [
        event("a"),
        event("b"),
        event("b"),
        json!({ "type": "order.paid", "data": {} }),
    ];
    let told = app.api.create_events(&batch).await.ok(202).list();
    let duplicates: Vec<_> = told
        .iter()
        .map(|one| one["duplicate"].as_bool().unwrap())
        .collect();
    assert_eq!(duplicates, [true, false, true, false]);
    assert_eq!(
        (&told[0]["id"], &told[2]["id"]),
        (&single["id"], &told[1]["id"])
    );
    let again = app.api.create_events(&batch[..3]).await.ok(202).list();
    assert!(
        again.iter().all(|one| one["duplicate"] == true),
        "{again:?}"
    );
    assert_eq!(app.api.all("/v1/events").await.len(), 3);
    assert_eq!(app.api.create_events(&[]).await.invalid()[0].0, "/events");
}

async fn the_bytes_of_the_data_survive(profile: Profile) {
    let app = App::start(profile).await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    const DATA: &str =
        r#"{"z":19.90,"a":1e21,"n":9007199254740993, "u":"\u00e9é" , "neg":-0,"list":[ ]}"#;
    const BODY: &str = concat!(
        r#"{"type":"order.paid","data":"#,
        r#"{"z":19.90,"a":1e21,"n":9007199254740993, "u":"\u00e9é" , "neg":-0,"list":[ ]}"#,
        "}"
    );
    let event = id(&app.api.create_event_of(BODY).await.ok(202).json());
    let got = &receiver.wait_for(1).await[0];
    let body = std::str::from_utf8(&got.body).unwrap();
    assert!(body.ends_with(&format!("\"data\":{DATA}}}")), "{body}");
    let read = app.api.read_event(&event).await.ok(200);
    assert!(
        std::str::from_utf8(&read.body).unwrap().contains(DATA),
        "{read:?}"
    );
}

async fn every_invalid_field_is_named(profile: Profile) {
    let app = App::start(profile).await;
    let body = json!({ "type": "Order Paid", "source": "", "id": "a\nb", "data": [1] });
    let pointers: Vec<_> = app
        .api
        .create_event(&body)
        .await
        .invalid()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(pointers, ["/type", "/source", "/id", "/data"]);
    assert_eq!(
        app.api
            .create_event(&json!({ "type": "order.paid" }))
            .await
            .invalid()[0]
            .0,
        "/data"
    );
    assert_eq!(
        app.api
            .create_event(&json!({ "type": "order.paid", "data": {}, "occurred_at": "now" }))
            .await
            .invalid()[0]
            .0,
        "/occurred_at"
    );
    for at in [
        "-9999-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
    ] {
        let far = json!({ "type": "order.paid", "data": {}, "occurred_at": at });
        let wrong = app.api.create_event(&far).await.invalid();
        assert_eq!(
            wrong,
            [("/occurred_at".to_owned(), "out_of_range".to_owned())],
            "{at}"
        );
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    let deep: serde_json::Value = serde_json::from_str(&deep).unwrap();
    assert_eq!(
        app.api
            .create_event(&json!({ "type": "order.paid", "data": deep }))
            .await
            .invalid()[0]
            .0,
        "/data"
    );
}

async fn events_of_the_catalogue_are_taken_and_filtered(profile: Profile) {
    let app = App::start(profile).await;
    let unknown = app
        .api
        .create_event(&json!({ "type": "quiz.passed", "data": {} }))
        .await
        .invalid();
    assert_eq!(
        unknown,
        [("/type".to_owned(), "unknown_event_type".to_owned())]
    );
    fixtures::event_type(&app.api, "quiz.passed").await;
    let custom = id(&app
        .api
        .create_event(&json!({ "type": "quiz.passed", "data": {} }))
        .await
        .ok(202)
        .json());
    let alias = app
        .api
        .create_event(&json!({ "type": "order_paid_done", "data": {} }))
        .await
        .ok(202)
        .json();
    assert_eq!(alias["type"], "order.paid");
    assert_eq!(
        ids(&app
            .api
            .list_events("?type=quiz.passed")
            .await
            .ok(200)
            .list()),
        [custom]
    );
    assert_eq!(
        ids(&app.api.list_events("?type=order.paid").await.ok(200).list()),
        [id(&alias)]
    );
}

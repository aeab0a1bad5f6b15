//! RabbitMQ, from the outside: the server profile only.

use std::{collections::HashSet, process::Command, time::Duration};

use hookyard_tests::{
    App, PATIENCE, Process, Profile, Receiver,
    fixtures::{self, id},
    until,
};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::{Value, json};

use crate::event_types::schemas;

async fn with_feed(events: &[&str]) -> (App, Receiver, String) {
    let app = App::start(Profile::Server).await;
    let receiver = Receiver::start();
    let feed = fixtures::feed(&app.api, &receiver, events, json!({})).await;
    ready(&app).await;
    (app, receiver, feed)
}

/// Waits until the worker has declared its queue.
async fn ready(app: &App) {
    until("the topology is there", PATIENCE, async || {
        app.broker().exists("deliver").await.then_some(())
    })
    .await;
}

/// Waits until so many events are recorded: what comes over the bus is sent first and recorded
/// then.
async fn recorded(app: &App, count: usize) -> Vec<Value> {
    until("the events are recorded", PATIENCE, async || {
        let events = app.api.all("/v1/events").await;
        (events.len() >= count).then_some(events)
    })
    .await
}

#[tokio::test]
async fn a_message_of_a_stranger_is_delivered() {
    let (app, receiver, feed) = with_feed(&["order.paid"]).await;
    let body = br#"{"id":"9041","type":"order.paid","source":"shop","occurred_at":"2026-03-14T08:05:12Z","data":{"n":1.10}}"#;
    app.broker()
        .publish("order.paid", body, BasicProperties::default())
        .await;
    let got = &receiver.wait_for(1).await[0];
    assert!(
        got.body
            .ends_with(br#""timestamp":"2026-03-14T08:05:12Z","data":{"n":1.10}}"#),
        "{got:?}"
    );
    let event = app.api.recorded_event(&id(&got.json())).await;
    assert_eq!(
        (&event["external_id"], &event["source"], &event["type"]),
        (&json!("9041"), &json!("shop"), &json!("order.paid"))
    );
    app.api.delivery(&id(&event), &feed, "succeeded").await;
}

#[tokio::test]
async fn amqp_publish_of_amqp_tools_is_understood() {
    let (app, receiver, _) = with_feed(&["order.paid"]).await;
    let body = r#"{"type":"order.paid","data":{"order":{"id":9041}}}"#;
    let broker = app.broker();
    let url = broker.url.replace("%2f", "%2F");
    let arguments = [
        "--url",
        &url,
        "--exchange",
        &broker.named("events"),
        "--routing-key",
        "order.paid",
        "--persistent",
        "--body",
        body,
    ];
    let Ok(output) = Command::new("amqp-publish").args(arguments).output() else {
        return eprintln!("amqp-publish is not installed (Debian: amqp-tools)");
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let got = receiver.wait_for(1).await[0].json();
    assert_eq!(got["data"]["order"]["id"], 9041);
    let event = app.api.recorded_event(&id(&got)).await;
    assert_eq!(
        (&event["external_id"], &event["source"]),
        (&json!(null), &json!("bus"))
    );
}

#[tokio::test]
async fn the_same_id_twice_is_one_event() {
    let (app, receiver, _) = with_feed(&["order.paid"]).await;
    let body = br#"{"id":"9041","type":"order.paid","source":"shop","data":{}}"#;
    let by_property = BasicProperties::default().with_message_id("9042".into());
    for _ in 0..3 {
        app.broker()
            .publish("order.paid", body, BasicProperties::default())
            .await;
        app.broker()
            .publish(
                "order.paid",
                br#"{"type":"order.paid","source":"shop","data":{}}"#,
                by_property.clone(),
            )
            .await;
    }
    app.broker()
        .publish(
            "order.paid",
            br#"{"type":"order.paid","data":{"last":true}}"#,
            BasicProperties::default(),
        )
        .await;
    until("the last message is through", PATIENCE, async || {
        receiver
            .received()
            .iter()
            .any(|request| request.json()["data"]["last"] == true)
            .then_some(())
    })
    .await;
    let events = recorded(&app, 3).await;
    assert_eq!(receiver.count(), 3);
    let mut ids: Vec<_> = events
        .iter()
        .map(|event| event["external_id"].as_str())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, [None, Some("9041"), Some("9042")]);
}

/// What came first stays; the other one is not lost without a trace, whether the first one is just
/// under way, recorded, or came over the API.
#[tokio::test]
async fn an_id_that_belongs_to_another_event_goes_to_the_dead_letters() {
    let (app, receiver, _) = with_feed(&["*"]).await;
    let message = |kind: &str, id: &str, n: u64| {
        format!(r#"{{"id":"{id}","type":"{kind}","source":"shop","data":{{"n":{n}}}}}"#)
    };
    let publish = async |kind: &str, id: &str, n: u64| {
        let body = message(kind, id, n);
        let properties = BasicProperties::default();
        app.broker()
            .publish("order.paid", body.as_bytes(), properties)
            .await;
    };
    let laid_aside = async |body: String| {
        let letter = app.broker().queue("dead").await.next().await;
        let headers = letter.properties.headers().clone().unwrap_or_default();
        let Some(AMQPValue::LongString(told)) = headers.inner().get("hookyard-reason") else {
            panic!("no reason: {headers:?}")
        };
        assert!(
            told.to_string().starts_with("event_id_reused: "),
            "{told:?}"
        );
        let mut letter: Value = serde_json::from_slice(&letter.body).unwrap();
        letter.as_object_mut().unwrap().remove("occurred_at");
        assert_eq!(letter, serde_json::from_str::<Value>(&body).unwrap());
    };
    // Together, so that they are one batch, or the first one is under way.
    publish("order.paid", "1", 1).await;
    publish("order.paid", "1", 2).await;
    laid_aside(message("order.paid", "1", 2)).await;
    recorded(&app, 1).await;
    publish("order.shipped", "1", 1).await;
    laid_aside(message("order.shipped", "1", 1)).await;
    let own = json!({ "id": "2", "type": "order.paid", "source": "shop", "data": { "n": 3 } });
    app.api.create_event(&own).await.ok(202);
    receiver.wait_for(2).await;
    publish("order.paid", "2", 4).await;
    laid_aside(message("order.paid", "2", 4)).await;
    // Repeats stay repeats.
    publish("order.paid", "1", 1).await;
    publish("order.paid", "2", 3).await;
    publish("order.paid", "3", 5).await;
    let sent = receiver.wait_for(3).await;
    let numbers: Vec<_> = sent
        .iter()
        .map(|got| got.json()["data"]["n"].clone())
        .collect();
    assert_eq!(numbers, [1, 3, 5]);
    assert_eq!(recorded(&app, 3).await.len(), 3);
}

#[tokio::test]
async fn cloud_events_are_understood() {
    let (app, receiver, _) = with_feed(&["order.paid"]).await;
    let structured = json!({
        "specversion": "1.0", "id": "ce-1", "source": "/shop", "type": "order.paid", "time": "2026-03-14T08:05:12Z",
        "datacontenttype": "application/json", "data": { "n": 1 },
    });
    let kind = BasicProperties::default()
        .with_content_type("application/cloudevents+json; charset=utf-8".into());
    app.broker()
        .publish("order.paid", structured.to_string().as_bytes(), kind)
        .await;
    let mut headers = FieldTable::default();
    for (name, value) in [
        ("specversion", "1.0"),
        ("id", "ce-2"),
        ("source", "/shop"),
        ("type", "order.paid"),
    ] {
        headers.insert(
            format!("cloudEvents:{name}").into(),
            AMQPValue::LongString(value.into()),
        );
    }
    let binary = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_headers(headers);
    app.broker()
        .publish("order.paid", br#"{"n":2}"#, binary)
        .await;
    let mut got: Vec<_> = receiver
        .wait_for(2)
        .await
        .iter()
        .map(|request| request.json())
        .collect();
    got.sort_by_key(|event| event["data"]["n"].as_u64());
    for (event, external) in got.iter().zip(["ce-1", "ce-2"]) {
        let read = app.api.recorded_event(&id(event)).await;
        assert_eq!(
            (&read["external_id"], &read["source"]),
            (&json!(external), &json!("/shop"))
        );
    }
    assert_eq!(
        (&got[0]["data"], &got[0]["timestamp"]),
        (&json!({ "n": 1 }), &json!("2026-03-14T08:05:12Z"))
    );
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_with_a_reason() {
    let (app, receiver, _) = with_feed(&["order.paid"]).await;
    let bodies: [&[u8]; 4] = [
        b"nonsense",
        br#"{"data":{}}"#,
        br#"{"type":"order.paid","data":[1]}"#,
        b"\xff\xfe",
    ];
    for body in bodies {
        app.broker()
            .publish("order.paid", body, BasicProperties::default())
            .await;
    }
    let dead = app.broker().queue("dead").await;
    let mut found = Vec::new();
    for _ in bodies {
        let message = dead.next().await;
        let headers = message.properties.headers().clone().unwrap_or_default();
        let reason = headers
            .inner()
            .get("hookyard-reason")
            .map(|reason| format!("{reason:?}"))
            .unwrap_or_default();
        assert!(reason.len() > 10, "no reason: {headers:?}");
        found.push(message.body);
    }
    found.sort();
    let mut expected = bodies.map(<[u8]>::to_vec);
    expected.sort();
    assert_eq!(found, expected, "byte for byte");
    app.broker()
        .publish(
            "order.paid",
            br#"{"type":"order.paid","data":{}}"#,
            BasicProperties::default(),
        )
        .await;
    receiver.wait_for(1).await;
    assert_eq!(recorded(&app, 1).await.len(), 1);
}

/// One of them used to stop the recording of all others.
#[tokio::test]
async fn an_instant_that_no_database_holds_goes_to_the_dead_letters_alone() {
    let (app, receiver, _) = with_feed(&["order.paid"]).await;
    let publish = async |body: String| {
        app.broker()
            .publish("order.paid", body.as_bytes(), BasicProperties::default())
            .await
    };
    for n in 0..20 {
        publish(format!(r#"{{"type":"order.paid","data":{{"n":{n}}}}}"#)).await;
        if n == 10 {
            let at = "-9999-01-01T00:00:00Z";
            publish(format!(
                r#"{{"type":"order.paid","occurred_at":"{at}","data":{{}}}}"#
            ))
            .await;
        }
    }
    receiver.wait_for(20).await;
    assert_eq!(recorded(&app, 20).await.len(), 20);
    let letter = app.broker().queue("dead").await.next().await;
    let headers = letter.properties.headers().clone().unwrap_or_default();
    let Some(AMQPValue::LongString(reason)) = headers.inner().get("hookyard-reason") else {
        panic!("no reason: {headers:?}")
    };
    let reason = reason.to_string();
    assert!(
        reason.starts_with("out_of_range: /occurred_at: "),
        "{reason}"
    );
}

/// The sources and types of Hookyard's own events are its own, and what nobody has registered is
/// nothing that a feed can listen for: on the bus as in the API.
#[tokio::test]
async fn what_may_not_be_said_goes_to_the_dead_letters() {
    let (app, receiver, _) = with_feed(&["*"]).await;
    for (body, reason) in [
        (
            r#"{"type":"order.paid","source":"community","data":{"n":1}}"#,
            "reserved_source: /source: ",
        ),
        (
            r#"{"type":"space.joined","source":"shop","data":{"n":1}}"#,
            "reserved_event_type: /type: ",
        ),
        (
            r#"{"type":"webhook.test","source":"shop","data":{"n":1}}"#,
            "reserved_event_type: /type: ",
        ),
        (
            r#"{"type":"order.payed","source":"shop","data":{"n":1}}"#,
            "unknown_event_type: /type: ",
        ),
    ] {
        app.broker()
            .publish("order.paid", body.as_bytes(), BasicProperties::default())
            .await;
        let letter = app.broker().queue("dead").await.next().await;
        let headers = letter.properties.headers().clone().unwrap_or_default();
        let Some(AMQPValue::LongString(told)) = headers.inner().get("hookyard-reason") else {
            panic!("no reason: {headers:?}")
        };
        assert!(told.to_string().starts_with(reason), "{body}: {told:?}");
    }
    let good = br#"{"type":"order.paid","source":"shop","data":{"n":2}}"#;
    app.broker()
        .publish("order.paid", good, BasicProperties::default())
        .await;
    assert_eq!(receiver.wait_for(1).await[0].json()["data"]["n"], 2);
    assert_eq!(recorded(&app, 1).await.len(), 1);
}

/// A type and its schema count for everything that comes after they were saved.
#[tokio::test]
async fn what_breaks_a_schema_goes_to_the_dead_letters_with_the_reason() {
    let (app, receiver, _) = with_feed(&["*"]).await;
    schemas::quiz(&app.api).await;
    let publish = async |body: &[u8]| {
        app.broker()
            .publish("quiz.passed", body, BasicProperties::default())
            .await
    };
    publish(br#"{"type":"quiz.passed","data":{"quiz":{"score":"s3cret-word"}}}"#).await;
    publish(br#"{"type":"quiz.passed","data":{"quiz":{"score":7}}}"#).await;
    assert_eq!(
        receiver.wait_for(1).await[0].json()["data"]["quiz"]["score"],
        7
    );
    let letter = app.broker().queue("dead").await.next().await;
    let headers = letter.properties.headers().clone().unwrap_or_default();
    let Some(AMQPValue::LongString(reason)) = headers.inner().get("hookyard-reason") else {
        panic!("no reason: {headers:?}")
    };
    let reason = reason.to_string();
    assert!(
        reason.contains("schema_mismatch")
            && reason.contains("/data/quiz/score")
            && !reason.contains("s3cret"),
        "{reason}"
    );
    assert!(
        letter.body.ends_with(br#""score":"s3cret-word"}}}"#),
        "byte for byte"
    );
    app.api
        .update_event_type("quiz.passed", &json!({ "schema": null }))
        .await
        .ok(200);
    publish(&letter.body).await;
    receiver.wait_for(2).await;
    assert_eq!(
        recorded(&app, 2).await.len(),
        2,
        "what was refused is no event"
    );
}

#[tokio::test]
async fn strangers_hear_the_community_s_events() {
    let app = App::start(Profile::Server).await;
    ready(&app).await;
    let listener = app.broker().listen("space.#").await;
    let (space, user) = (
        fixtures::space(&app.api, "Lobby").await,
        fixtures::user(&app.api, "ines@example.org").await,
    );
    app.api.put_member(&space, &user, &json!({})).await.ok(200);
    let message = listener.next().await;
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(
        (message.routing_key.as_str(), &body["type"]),
        ("space.joined", &json!("space.joined"))
    );
    assert_eq!(
        (&body["data"]["space"]["id"], &body["source"]),
        (&json!(space), &json!("community"))
    );
    assert_eq!(message.properties.delivery_mode(), &Some(2), "persistent");
    let event = app.api.read_event(&id(&body)).await.ok(200).json();
    assert_eq!(event["data"], body["data"]);
}

#[tokio::test]
async fn while_the_broker_is_away_the_api_accepts() {
    let mut app = App::configured(Profile::Server, |settings| {
        _ = settings.set("broker.url", "amqp://guest:guest@127.0.0.1:9/%2f")
    })
    .await;
    let receiver = Receiver::start();
    fixtures::feed(&app.api, &receiver, &["order.paid"], json!({})).await;
    for number in 0..20 {
        fixtures::order_paid(&app.api, number).await;
    }
    let (status, told) = app.readiness(Process::Worker).await;
    let bad = told["parts"]
        .as_array()
        .unwrap()
        .iter()
        .any(|part| part["name"] == "broker" && part["ok"] == false);
    assert!(
        status == 503
            && bad
            && !told.to_string().contains("guest")
            && !told.to_string().contains("refused"),
        "{status} {told}"
    );
    assert_eq!(receiver.count(), 0);
    let url = app.broker().url.clone();
    app.settings.set("broker.url", url);
    for process in [Process::Worker, Process::Api] {
        assert_eq!(app.stop(process).await.code(), Some(0));
        app.restart(process).await;
    }
    let got = receiver.wait_for(20).await;
    let numbers: HashSet<_> = got
        .iter()
        .filter_map(|r| r.json()["data"]["order"]["id"].as_u64())
        .collect();
    assert_eq!(numbers, (0..20).collect());
}

#[tokio::test]
async fn messages_of_strangers_survive_a_killed_worker() {
    let (mut app, receiver, _) = with_feed(&["order.paid"]).await;
    receiver.hold();
    let message = |n: u64| json!({ "type": "order.paid", "id": format!("o-{n}"), "source": "shop", "data": fixtures::order(n) });
    let bodies: Vec<_> = (0..300)
        .map(|n| message(n).to_string().into_bytes())
        .collect();
    app.broker()
        .publish_all("order.paid", &bodies, BasicProperties::default())
        .await;
    receiver.wait_for(16).await;
    app.kill9(Process::Worker);
    let before = receiver.count();
    receiver.release();
    app.restart(Process::Worker).await;
    let requests = until(
        "every message is at the receiver",
        Duration::from_secs(60),
        async || {
            let got = receiver.received();
            let numbers: HashSet<_> = got
                .iter()
                .filter_map(|r| r.json()["data"]["order"]["id"].as_u64())
                .collect();
            (numbers.len() == 300).then_some(got.len())
        },
    )
    .await;
    assert!(
        requests <= 300 + before,
        "only what was under way comes again: {requests} of {before}"
    );
    assert_eq!(recorded(&app, 300).await.len(), 300, "each is one event");
}

//! Publishing and reading events.

use serde_json::{Value, json};

use super::{Answer, Api, start};

async fn publish(api: &Api, path: &str, body: &str) -> Answer {
    let request = api
        .request("POST", path)
        .insert_header(("content-type", "application/json"))
        .set_payload(body.to_owned());
    api.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_keeps_its_bytes_and_waits_in_the_outbox() {
    let api = start().await;
    let data = r#"{ "z": 19.90, "a":1e21,"n":9007199254740993, "u":"\u00e9", "nested": {"b":[1.0, null]} }"#;
    let body = format!(
        r#"{{"type":"order_paid_done","occurred_at":"2026-01-02T03:04:05+01:00","data":{data}}}"#
    );
    let answer = publish(&api, "/v1/events", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert!(answer.text.contains(data), "{}", answer.text);
    let expected = json!({"id": answer.body["id"], "external_id": null, "type": "order.paid", "source": "api",
        "occurred_at": "2026-01-02T02:04:05Z", "received_at": "2026-03-14T08:05:12Z", "routed_at": null, "data": answer.body["data"],
        "delivery_counts": {}});
    assert_eq!(answer.body, expected);
    let path = answer.header("location").to_owned();
    let read = api.get(&path).await;
    assert_eq!(
        (read.status.as_u16(), &read.text, read.header("etag")),
        (200, &answer.text, answer.header("etag"))
    );
    assert!(api.get("/v1/events").await.text.contains(data));
    let outbox = storage::events::oldest_in_outbox(&mut api.state.db.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(outbox, Some(api.state.clock.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn source_and_id_make_an_event_idempotent() {
    let api = start().await;
    let body = |n: i32, source: &str| json!({"type": "order.paid", "id": "9041", "source": source, "data": {"n": n}});
    let first = api.json("POST", "/v1/events", &body(1, "shop")).await;
    assert_eq!(first.status, 202);
    let again = api.json("POST", "/v1/events", &body(1, "shop")).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    assert_eq!(
        api.json("POST", "/v1/events", &body(1, "other"))
            .await
            .status,
        202,
        "another source's own numbers"
    );
    assert_eq!(
        api.get("/v1/events").await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    for (query, found) in [
        ("type=order.paid", 2),
        ("type=order_paid_done", 2),
        ("type=order.shipped", 0),
        ("since=2026-03-14T08:05:13Z", 0),
        ("until=2026-03-14T08:05:13Z", 2),
    ] {
        assert_eq!(
            api.get(&format!("/v1/events?{query}")).await.body["data"]
                .as_array()
                .unwrap()
                .len(),
            found,
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_event_is_named() {
    let api = start().await;
    for (body, pointer, code) in [
        (
            json!({"type": "order.paidd", "data": {}}),
            "/type",
            "unknown_event_type",
        ),
        (
            json!({"type": "Order Paid", "data": {}}),
            "/type",
            "invalid_type",
        ),
        (
            json!({"type": "order.paid", "data": [1]}),
            "/data",
            "not_an_object",
        ),
        (json!({"type": "order.paid"}), "/data", "required"),
        (
            json!({"type": "order.paid", "data": {}, "id": ""}),
            "/id",
            "invalid_id",
        ),
        (
            json!({"type": "order.paid", "data": {}, "source": "community"}),
            "/source",
            "reserved_source",
        ),
        (
            json!({"type": "order.paid", "data": {}, "occurred_at": "yesterday"}),
            "/occurred_at",
            "invalid_value",
        ),
        (
            json!({"type": "order.paid", "data": {}, "kind": 1}),
            "/kind",
            "unknown_field",
        ),
    ] {
        let answer = api.json("POST", "/v1/events", &body).await;
        answer.expect_problem(422, "invalid_fields");
        assert_eq!(
            (answer.pointers(), &answer.body["errors"][0]["code"]),
            (vec![pointer], &json!(code)),
            "{body}"
        );
    }
    let large = json!({"type": "order.paid", "data": {"x": "x".repeat(1024 * 1024)}});
    api.json("POST", "/v1/events", &large)
        .await
        .expect_problem(413, "too_large");
    assert_eq!(
        api.json("POST", "/v1/events/batch", &json!({"events": [large]}))
            .await
            .pointers(),
        ["/events/0/data"]
    );
    assert_eq!(api.get("/v1/events").await.body["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let api = start().await;
    let event = |n: i32| json!({"type": "order.paid", "id": n.to_string(), "source": "shop", "data": {"n": n}});
    let mut broken: Vec<Value> = (0..5).map(event).collect();
    broken[3]["type"] = json!("order.paidd");
    broken[4]["data"] = json!(1);
    let answer = api
        .json("POST", "/v1/events/batch", &json!({"events": broken}))
        .await;
    answer.expect_problem(422, "invalid_fields");
    assert_eq!(answer.pointers(), ["/events/3/type", "/events/4/data"]);
    assert_eq!(api.get("/v1/events").await.body["data"], json!([]));

    let known = api.json("POST", "/v1/events", &event(1)).await.body;
    let plain = json!({"type": "order.shipped", "data": {}});
    let answer = api
        .json(
            "POST",
            "/v1/events/batch",
            &json!({"events": [event(0), event(1), event(0), plain]}),
        )
        .await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let receipts = answer.body["data"].as_array().unwrap();
    let duplicates: Vec<_> = receipts
        .iter()
        .map(|receipt| receipt["duplicate"].as_bool().unwrap())
        .collect();
    assert_eq!(duplicates, [false, true, true, false]);
    assert_eq!(
        (&receipts[1]["id"], &receipts[2]["id"]),
        (&known["id"], &receipts[0]["id"])
    );
    assert_eq!(receipts[3]["type"], "order.shipped");
    assert_eq!(
        api.get("/v1/events").await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    let many = json!({"events": vec![json!({"type": "order.paid", "data": {}}); 1001]});
    assert_eq!(
        api.json("POST", "/v1/events/batch", &many).await.pointers(),
        ["/events"]
    );
    assert_eq!(
        api.json("POST", "/v1/events/batch", &json!({"events": []}))
            .await
            .pointers(),
        ["/events"]
    );
    let nested = api
        .json(
            "POST",
            "/v1/events/batch",
            &json!({"events": [{"type": "order.paid", "data": {}, "kind": 1}]}),
        )
        .await;
    assert_eq!(nested.pointers(), ["/events/0/kind"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_checked_before_the_writer_is_taken() {
    let api = start().await;
    let bad = json!({"type": "no.such.type", "data": {}});
    let writer = api.state.db.begin().await.unwrap();
    let batch = json!({"events": [bad]});
    for (path, body) in [("/v1/events", &bad), ("/v1/events/batch", &batch)] {
        let answer = api.json("POST", path, body).await;
        answer.expect_problem(422, "invalid_fields");
    }
    drop(writer);
}

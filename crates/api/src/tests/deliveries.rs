//! Deliveries and their attempts, as they were recorded.

use domain::{
    delivery::{Attempt, AttemptError, DeliveryState, HeaderField, ReceivedResponse},
    id::{AttemptId, DeliveryId, EventId, FeedId},
    outbound::{
        request::{Format, Method},
        retry::AttemptErrorCode,
    },
};
use serde_json::{Value, json};
use storage::{
    deliveries::Delivery,
    results::{self, ResultGroup},
};

use super::{Api, start};

fn attempts(api: &Api) -> Vec<u8> {
    let field = |name: &str, value: &str| HeaderField {
        name: name.into(),
        value: value.into(),
    };
    let attempt = |number| Attempt {
        id: AttemptId::generate(),
        number,
        started_at: api.state.clock.now(),
        duration_us: 12_345,
        remote_address: Some("203.0.113.7:443".into()),
        method: "POST".into(),
        url: "https://a.example.com/".into(),
        headers: vec![field("X-Api-Key", "***")],
        response: None,
        error: None,
    };
    let timeout = AttemptError {
        code: AttemptErrorCode::Timeout,
        message: "No answer within 2 s.".into(),
    };
    let ok = ReceivedResponse {
        status: 200,
        headers: vec![field("server", "x")],
        body: "ok".into(),
        truncated: false,
    };
    let all = [
        Attempt {
            error: Some(timeout),
            ..attempt(1)
        },
        Attempt {
            response: Some(ok),
            ..attempt(2)
        },
    ];
    serde_json::to_vec(&all).unwrap()
}

/// A delivery of an event, with two attempts.
fn delivery(
    api: &Api,
    event: EventId,
    method: Method,
    format: Format,
    body: Option<&[u8]>,
) -> Delivery {
    let now = api.state.clock.now();
    Delivery {
        id: DeliveryId::generate(),
        event_id: event,
        event_type: "order.paid".into(),
        feed_id: FeedId::generate(),
        replay_id: None,
        state: DeliveryState::Succeeded,
        state_reason: None,
        due_at: None,
        lease: 0,
        attempt_count: 2,
        method,
        format,
        body: body.map(<[u8]>::to_vec),
        last_response_status: Some(200),
        last_error: None,
        attempts: attempts(api),
        created_at: now,
        finished_at: Some(now),
        is_test: false,
    }
}

async fn record(api: &Api, row: &Delivery) {
    let group = ResultGroup {
        new_deliveries: vec![row.clone()],
        ..ResultGroup::default()
    };
    results::record(&api.state.db, &group, api.state.clock.now())
        .await
        .unwrap();
}

async fn event(api: &Api) -> EventId {
    let body = r#"{"type":"order.paid","data":{"z":19.90,"a":true}}"#;
    let request = api
        .request("POST", "/v1/events")
        .insert_header(("content-type", "application/json"))
        .set_payload(body);
    api.send(request).await.body["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_shows_what_was_sent_and_answered() {
    let api = start().await;
    let event = event(&api).await;
    let row = delivery(&api, event, Method::Post, Format::Json, None);
    record(&api, &row).await;
    let read = api.get(&format!("/v1/deliveries/{}", row.id)).await.body;
    let envelope = format!(
        r#"{{"id":"{event}","type":"order.paid","timestamp":"2026-03-14T08:05:12Z","data":{{"z":19.90,"a":true}}}}"#
    );
    let request = json!({"method": "POST", "url": "https://a.example.com/", "headers": [{"name": "X-Api-Key", "value": "***"}],
        "body": envelope, "truncated": false});
    let attempt = |n: usize, number: i32, response: Value, error: Value| {
        json!({"id": read["attempts"][n]["id"], "number": number, "started_at": "2026-03-14T08:05:12Z", "duration_ms": 12.345,
            "remote_address": "203.0.113.7:443", "request": request, "response": response, "error": error})
    };
    let answered = json!({"status": 200, "headers": [{"name": "server", "value": "x"}], "body": "ok", "truncated": false});
    let expected = json!({"id": row.id, "event_id": event, "event_type": "order.paid", "feed_id": row.feed_id, "replay_id": null,
    "state": "succeeded", "state_reason": null, "is_test": false, "attempt_count": 2, "next_attempt_at": null, "last_response_status": 200,
    "created_at": "2026-03-14T08:05:12Z", "finished_at": "2026-03-14T08:05:12Z", "attempts": [
        attempt(0, 1, Value::Null, json!({"code": "timeout", "message": "No answer within 2 s."})),
        attempt(1, 2, answered, Value::Null),
    ]});
    assert_eq!(read, expected);
    let listed = api.get("/v1/deliveries").await.body["data"][0].clone();
    assert!(listed.get("attempts").is_none());
    assert_eq!(listed["id"], read["id"]);
    assert_eq!(
        api.get(&format!("/v1/events/{event}")).await.body["delivery_counts"],
        json!({"succeeded": 1})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_shown_in_every_format() {
    let api = start().await;
    let event = event(&api).await;
    let long = vec![b'x'; 70_000];
    for (method, format, body, shown, truncated) in [
        (
            Method::Put,
            Format::Form,
            None,
            Some(format!(
                "id={event}&type=order.paid&timestamp=2026-03-14T08%3A05%3A12Z&data%5Bz%5D=19.90&data%5Ba%5D=1"
            )),
            false,
        ),
        (
            Method::Post,
            Format::Json,
            Some(&br#"{"email":null}"#[..]),
            Some(r#"{"email":null}"#.to_owned()),
            false,
        ),
        (
            Method::Post,
            Format::Json,
            Some(&long),
            Some("x".repeat(64 * 1024)),
            true,
        ),
        (Method::Get, Format::Json, Some(b"email="), None, false),
    ] {
        let row = delivery(&api, event, method, format, body);
        record(&api, &row).await;
        let request =
            api.get(&format!("/v1/deliveries/{}", row.id)).await.body["attempts"][1]["request"]
                .clone();
        assert_eq!(
            (request["body"].as_str(), &request["truncated"]),
            (shown.as_deref(), &json!(truncated))
        );
    }
    let gone = delivery(&api, EventId::generate(), Method::Post, Format::Json, None);
    record(&api, &gone).await;
    assert_eq!(
        api.get(&format!("/v1/deliveries/{}", gone.id)).await.body["attempts"][0]["request"]["body"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_found_by_every_filter() {
    let api = start().await;
    let event = event(&api).await;
    let row = delivery(&api, event, Method::Post, Format::Json, None);
    record(&api, &row).await;
    let other = Delivery {
        state: DeliveryState::Pending,
        due_at: Some(api.state.clock.now()),
        last_response_status: Some(503),
        ..delivery(&api, EventId::generate(), Method::Post, Format::Json, None)
    };
    record(&api, &other).await;
    for (query, found) in [
        (format!("feed_id={}", row.feed_id), vec![row.id]),
        (format!("event_id={event}"), vec![row.id]),
        ("event_type=order_paid_done".into(), vec![other.id, row.id]),
        ("state=pending".into(), vec![other.id]),
        ("response_status=503".into(), vec![other.id]),
        ("since=2026-03-14T08:05:13Z".into(), vec![]),
        ("until=2026-03-14T08:05:12Z".into(), vec![]),
        (
            "since=2026-03-14T08:05:12Z&until=2026-03-14T08:05:13Z&state=succeeded".into(),
            vec![row.id],
        ),
    ] {
        let ids: Vec<Value> = api.get(&format!("/v1/deliveries?{query}")).await.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["id"].clone())
            .collect();
        assert_eq!(json!(ids), json!(found), "{query}");
    }
    let wrong = api.get("/v1/deliveries?feed_id=feed_1&state=done").await;
    wrong.expect_problem(422, "invalid_fields");
    assert_eq!(wrong.pointers().len(), 1);
    assert_eq!(
        api.get("/v1/deliveries?state=done").await.pointers(),
        ["state"]
    );
    let pending = api.get(&format!("/v1/deliveries/{}", other.id)).await.body;
    assert_eq!(pending["next_attempt_at"], "2026-03-14T08:05:12Z");
}

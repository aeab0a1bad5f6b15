//! The catalogue.

use domain::event_type::BUILTIN;
use serde_json::{Value, json};

use super::{Api, start};

async fn names(api: &Api, path: &str) -> (Vec<String>, Value) {
    let answer = api.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let names = answer.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect();
    (names, answer.body)
}

fn booking() -> Value {
    json!({"name": "booking.made", "label": "Booking Made", "group": "Bookings", "example": {"booking": {"id": 7, "room": null}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_comes_first_and_pages_lead_through_it() {
    let api = start().await;
    for name in ["z.last", "a.first"] {
        let body = json!({"name": name, "label": "L", "group": "G", "example": {}});
        assert_eq!(api.json("POST", "/v1/event-types", &body).await.status, 201);
    }
    let mut expected: Vec<_> = BUILTIN.iter().map(|entry| entry.name).collect();
    expected.extend(["z.last", "a.first"]);
    assert_eq!(names(&api, "/v1/event-types?limit=100").await.0, expected);
    let (mut seen, mut path) = (Vec::new(), "/v1/event-types?limit=10".to_owned());
    loop {
        let (page, body) = names(&api, &path).await;
        seen.extend(page);
        let Some(cursor) = body["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/event-types?limit=10&cursor={cursor}");
    }
    assert_eq!(seen, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_type_lives_from_post_to_delete() {
    let api = start().await;
    let publish = json!({"type": "booking.made", "data": {"booking": {"id": 8}}});
    assert_eq!(
        api.json("POST", "/v1/events", &publish).await.pointers(),
        ["/type"]
    );
    let made = api.json("POST", "/v1/event-types", &booking()).await;
    assert_eq!(
        (made.status.as_u16(), made.header("location")),
        (201, "/v1/event-types/booking.made")
    );
    let expected = json!({"name": "booking.made", "label": "Booking Made", "group": "Bookings", "description": null, "builtin": false,
        "aliases": [], "schema": null, "example": {"booking": {"id": 7, "room": null}}, "created_at": "2026-03-14T08:05:12Z",
        "updated_at": "2026-03-14T08:05:12Z"});
    assert_eq!(made.body, expected);
    assert_eq!(api.json("POST", "/v1/events", &publish).await.status, 202);
    let again = api.json("POST", "/v1/event-types", &booking()).await;
    again.expect_problem(409, "event_type_taken");
    assert_eq!(again.pointers(), ["/name"]);

    let path = "/v1/event-types/booking.made";
    let etag = made.header("etag").to_owned();
    assert_eq!(api.get(path).await.header("etag"), etag);
    let change = json!({"label": "Room Booked", "description": "Somebody booked.", "schema": {"type": "object"}});
    let patch = |etag: &str| {
        api.send(
            api.request("PATCH", path)
                .insert_header(("if-match", etag.to_owned()))
                .set_json(&change),
        )
    };
    let changed = patch(&etag).await;
    assert_eq!(
        (&changed.body["label"], &changed.body["schema"]),
        (&change["label"], &change["schema"])
    );
    patch(&etag).await.expect_problem(412, "stale");
    let fields = api.get(&format!("{path}/fields")).await.body["data"].clone();
    assert_eq!(
        fields[0],
        json!({"path": "data.booking.id", "label": "ID", "group": "Booking", "type": "number", "example": 7})
    );

    let feed = json!({"title": "B", "url": "https://a.example.com", "events": ["booking.made"]});
    let feed = api.create("/v1/feeds", &feed).await;
    api.delete(path)
        .await
        .expect_problem(409, "event_type_in_use");
    api.delete(&format!("/v1/feeds/{}", feed["id"].as_str().unwrap()))
        .await;
    assert_eq!(api.delete(path).await.status, 204);
    api.get(path).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn built_in_types_are_read_by_any_name_and_never_changed() {
    let api = start().await;
    let paid = api.get("/v1/event-types/order_paid_done").await.body;
    assert_eq!(
        (&paid["name"], &paid["aliases"], &paid["builtin"]),
        (
            &json!("order.paid"),
            &json!(["order_paid_done"]),
            &json!(true)
        )
    );
    api.json(
        "PATCH",
        "/v1/event-types/order.paid",
        &json!({"label": "X"}),
    )
    .await
    .expect_problem(409, "built_in_event_type");
    api.delete("/v1/event-types/order.paid")
        .await
        .expect_problem(409, "built_in_event_type");
    let mut taken = booking();
    taken["name"] = json!("order_paid_done");
    assert_eq!(
        api.json("POST", "/v1/event-types", &taken).await.pointers(),
        ["/name"]
    );
    let fields = api.get("/v1/event-types/order.paid/fields").await.body;
    let total = fields["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["path"] == "data.order.total_amount")
        .unwrap();
    assert_eq!(total["group"], "Order");
    api.get("/v1/event-types/no.such/fields")
        .await
        .expect_problem(404, "not_found");
}

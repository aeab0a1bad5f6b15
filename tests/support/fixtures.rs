//! Data that tests share.

use serde_json::{Value, json};

use crate::{Client, Receiver};

/// A TypeID with this prefix that nobody has.
pub fn unknown_id(prefix: &str) -> String {
    format!("{prefix}_01jq3c9xv2e8rb6m0h4k7t5n1a")
}

/// The `id` of a resource.
///
/// # Panics
/// When it has none.
#[track_caller]
pub fn id(resource: &Value) -> String {
    resource["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id: {resource}"))
        .to_owned()
}

/// Whether the ids of these entries are exactly those, in this order.
#[track_caller]
pub fn ids(list: &[Value]) -> Vec<String> {
    list.iter().map(id).collect()
}

/// A user, by e-mail address.
pub async fn user(api: &Client, email: &str) -> String {
    id(&api
        .create_user(&json!({ "email": email }))
        .await
        .ok(201)
        .json())
}

/// A space, by title.
pub async fn space(api: &Client, title: &str) -> String {
    id(&api
        .create_space(&json!({ "title": title }))
        .await
        .ok(201)
        .json())
}

/// A course, by title.
pub async fn course(api: &Client, title: &str) -> String {
    id(&api
        .create_course(&json!({ "title": title }))
        .await
        .ok(201)
        .json())
}

/// An incoming webhook: its id and its secret URL.
///
/// # Panics
/// When it has no URL.
pub async fn incoming_webhook(api: &Client, body: &Value) -> (String, String) {
    let made = api.create_incoming_webhook(body).await.ok(201).json();
    (
        id(&made),
        made["url"]
            .as_str()
            .unwrap_or_else(|| panic!("no URL: {made}"))
            .to_owned(),
    )
}

/// A custom event type.
pub async fn event_type(api: &Client, name: &str) {
    let body = json!({ "name": name, "label": name, "group": "Tests", "example": {} });
    api.create_event_type(&body).await.ok(201);
}

/// An enabled feed that sends these events to the receiver, with retries after a second, changed by
/// `more`.
pub async fn feed(api: &Client, receiver: &Receiver, events: &[&str], more: Value) -> String {
    let mut body = json!({
        "title": "Feed", "enabled": true, "url": receiver.url("/hook"), "events": events, "retry_schedule": [1, 1, 1],
    });
    merge(&mut body, more);
    id(&api.create_feed(&body).await.ok(201).json())
}

/// An event of a paid order; gives its id.
pub async fn order_paid(api: &Client, number: u64) -> String {
    id(&api
        .create_event(&json!({ "type": "order.paid", "data": order(number) }))
        .await
        .ok(202)
        .json())
}

/// The data of an order event.
pub fn order(number: u64) -> Value {
    json!({
        "order": { "id": number, "total_amount": 7485, "currency": "EUR", "note": null, "paid": true, "config": { "paid": true } },
        "customer": { "email": "ines@example.org", "full_name": "Ines Marlow" },
        "order_items": [{ "title": "Hardcover", "quantity": 2 }],
    })
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

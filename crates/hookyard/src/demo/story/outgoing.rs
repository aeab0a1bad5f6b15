//! A paid order reaches every feed that listens to it.

use serde_json::{Value, json};

use super::{DemoFeed, create_feed, text};
use crate::demo::{client::DemoClient, page, received::ReceivedRequest, receiver::DemoReceiver};

/// Where the feeds lead, in the order in which they are shown.
const PATHS: [&str; 3] = ["/all", "/form", "/get"];

pub(super) async fn show(
    client: &DemoClient,
    receiver: &DemoReceiver,
) -> anyhow::Result<(Vec<DemoFeed>, Vec<ReceivedRequest>)> {
    page::title("2. Outgoing: an order is paid, and every feed that listens sends it")?;
    let mut created = Vec::new();
    for (path, feed) in PATHS.into_iter().zip(feeds(&receiver.url)) {
        created.push(create_feed(client, receiver, path, &feed).await?);
    }
    let example = client.get("/v1/event-types/order.paid").await?;
    let event = json!({"type": "order.paid", "source": "demo-store", "id": "9041", "data": example["example"]});
    let event = client.post("/v1/events", &event).await?;
    page::say(&format!(
        "\nThe API accepted {} (order.paid).\n\n\
         What the receiver got is below. It verifies each signature with the secret of\n\
         the feed, by the code with which Hookyard verifies calls that others sign\n\
         (https://www.standardwebhooks.com; libraries in other languages do the same).\n",
        text(&event, "id")?
    ))?;
    let mut requests = Vec::new();
    for _ in PATHS {
        requests.push(receiver.next().await?);
    }
    // They are sent at the same time, and come in any order.
    requests.sort_by_key(|request| PATHS.iter().position(|path| *path == request.path));
    requests.iter().try_for_each(ReceivedRequest::show)?;
    Ok((created, requests))
}

/// One JSON with all data, one form with selected fields, one GET.
fn feeds(receiver: &str) -> [Value; 3] {
    let fields = json!([
        {"key": "email", "value": "{{ data.customer.email }}"},
        {"key": "order", "value": "{{ data.order.id }}"},
        {"key": "greeting", "value": "Thank you, {{ data.customer.first_name }}!"},
    ]);
    let selected = json!({"mode": "selected", "fields": fields});
    [
        json!({"title": "Everything as JSON", "url": format!("{receiver}/all"), "method": "POST",
            "format": "json", "body": {"mode": "all"}, "events": ["order.paid"], "enabled": true}),
        json!({"title": "A few fields as a form", "url": format!("{receiver}/form"),
            "method": "POST", "format": "form", "body": selected, "events": ["order.paid"],
            "enabled": true}),
        json!({"title": "A GET with a few fields", "url": format!("{receiver}/get?shop=1"),
            "method": "GET", "format": "form", "body": selected, "events": ["order.paid"],
            "headers": [{"name": "X-Api-Key", "value": "demo", "secret": true}],
            "enabled": true}),
    ]
}

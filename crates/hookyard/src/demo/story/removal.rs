//! Another form removes the user from the space; who is told of it is busy at first.

use serde_json::json;

use super::{DemoFeed, create_feed, incoming::show_curl, places::DemoPlaces, text};
use crate::demo::{
    client::DemoClient,
    page,
    received::ReceivedRequest,
    receiver::{BUSY, DemoReceiver},
};

const FORM: &[(&str, &str)] = &[("email", "ines@example.org")];

pub(super) async fn show(
    client: &DemoClient,
    receiver: &DemoReceiver,
    places: &DemoPlaces,
) -> anyhow::Result<(DemoFeed, [ReceivedRequest; 2])> {
    page::title("3. A removal, and a retry")?;
    let feed = json!({
        "title": "To a busy receiver", "url": format!("{}{BUSY}", receiver.url),
        "method": "POST", "format": "json", "body": {"mode": "all"}, "events": ["space.left"],
        "retry_schedule": [1], "enabled": true,
    });
    let feed = create_feed(client, receiver, BUSY, &feed).await?;
    let webhook = json!({"name": "Refunds", "remove_space_ids": [places.space]});
    let webhook = client.post("/v1/incoming-webhooks", &webhook).await?;
    let url = text(&webhook, "url")?;
    show_curl(url, FORM)?;
    client.post_form(url, FORM).await?;
    page::say("After:")?;
    places.show(client).await?;
    page::say(
        "\nThe removal is an event, too (space.left). Its receiver is busy at first, and\n\
         the feed tries again after a second (\"retry_schedule\": [1]):\n",
    )?;
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let attempt = receiver.next().await?;
        let number = attempt.header("hookyard-attempt");
        page::say(&format!("  attempt {number}: {}", attempt.line()))?;
        attempts.push(attempt);
    }
    let attempts = attempts.try_into();
    let attempts = attempts.map_err(|_| anyhow::anyhow!("there were two attempts"))?;
    Ok((feed, attempts))
}

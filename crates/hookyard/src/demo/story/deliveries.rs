//! The log of deliveries.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::time;

use super::{DemoFeed, text};
use crate::demo::{client::DemoClient, page};

/// How often the log is read until everything is in it, and the pause between.
const READS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn show(client: &DemoClient, feeds: &[DemoFeed]) -> anyhow::Result<()> {
    page::title("4. The log of deliveries (GET /v1/deliveries)")?;
    row("feed", "event", "attempts", "answers", "took")?;
    // The newest stands first.
    for delivery in finished(client, feeds.len()).await?.iter().rev() {
        let path = format!("/v1/deliveries/{}", text(delivery, "id")?);
        let delivery = client.get(&path).await?;
        let attempts = delivery["attempts"].as_array();
        let attempts = attempts.context("a delivery has attempts")?;
        let answers: Vec<_> = attempts
            .iter()
            .map(|attempt| attempt["response"]["status"].to_string())
            .collect();
        let took = attempts.iter().filter_map(|it| it["duration_ms"].as_f64());
        let feed = text(&delivery, "feed_id")?;
        let feed = feeds.iter().find(|known| known.id == feed);
        row(
            feed.map_or("?", |feed| &feed.title),
            text(&delivery, "event_type")?,
            &attempts.len().to_string(),
            &answers.join(", "),
            &format!("{:.1} ms", took.sum::<f64>()),
        )?;
    }
    Ok(())
}

fn row(feed: &str, event: &str, attempts: &str, answers: &str, took: &str) -> anyhow::Result<()> {
    let feed = page::cut(feed, 26);
    page::say(&format!(
        "  {feed:<26} {event:<12} {attempts:>8}  {answers:<10} {took:>10}"
    ))
}

/// All deliveries. Their results are written a moment after their answers came.
async fn finished(client: &DemoClient, expected: usize) -> anyhow::Result<Vec<Value>> {
    for _ in 0..READS {
        let page = client.get("/v1/deliveries").await?;
        let rows = page["data"].as_array().context("a list has entries")?;
        let is_done = |row: &Value| row["state"] == "succeeded";
        if rows.len() == expected && rows.iter().all(is_done) {
            return Ok(rows.clone());
        }
        time::sleep(PAUSE).await;
    }
    bail!("the log does not show that {expected} deliveries have succeeded")
}

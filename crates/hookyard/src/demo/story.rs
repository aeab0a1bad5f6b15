//! What the demo does and shows, in order.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value gives null where there is nothing; it does not panic"
)]

mod deliveries;
mod incoming;
mod outgoing;
mod places;
mod removal;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{
    client::DemoClient,
    page,
    received::{Proof, ReceivedRequest},
    receiver::DemoReceiver,
};

/// A feed of the demo.
struct DemoFeed {
    id: String,
    title: String,
}

/// Shows all of it, and ends with a summary.
pub(super) async fn tell(client: &DemoClient, receiver: &DemoReceiver) -> anyhow::Result<()> {
    let places = places::DemoPlaces::create(client).await?;
    incoming::show(client, &places).await?;
    let (mut feeds, mut requests) = outgoing::show(client, receiver).await?;
    let (feed, more) = removal::show(client, receiver, &places).await?;
    feeds.push(feed);
    requests.extend(more);
    deliveries::show(client, &feeds).await?;
    summary(feeds.len(), &requests)
}

fn summary(feeds: usize, requests: &[ReceivedRequest]) -> anyhow::Result<()> {
    let verified = requests.iter().filter(|it| it.proof == Proof::Verified);
    let verified = verified.count();
    let retried = requests.iter().filter(|it| it.status == 503).count();
    page::title("What was shown")?;
    page::say(&format!(
        "- 2 forms posted to secret URLs: one made a user, a member and a student,\n  \
           the other removed the member again\n\
         - 2 events: a paid order, published by a store, and the removal\n\
         - {feeds} feeds: {} requests sent, {verified} signatures verified, {retried} retried after a 503",
        requests.len(),
    ))?;
    ensure!(
        verified == requests.len(),
        "a request of a feed was not signed as its receiver expects"
    );
    Ok(())
}

/// Makes a feed, and tells the receiver its secret, as its owner would.
async fn create_feed(
    client: &DemoClient,
    receiver: &DemoReceiver,
    path: &str,
    feed: &Value,
) -> anyhow::Result<DemoFeed> {
    let feed = client.post("/v1/feeds", feed).await?;
    let (id, title) = (text(&feed, "id")?, text(&feed, "title")?);
    let secret = client.get(&format!("/v1/feeds/{id}/secret")).await?;
    receiver.trust(path, text(&secret, "secret")?).await?;
    let fields = match text(&feed["body"], "mode")? {
        "all" => "all data",
        _ => "selected fields",
    };
    let (method, format) = (text(&feed, "method")?, text(&feed, "format")?);
    page::say(&format!("  feed: {title} ({method}, {format}, {fields})"))?;
    Ok(DemoFeed {
        id: id.to_owned(),
        title: title.to_owned(),
    })
}

/// A text in one of the API's answers.
fn text<'a>(answer: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    answer[name]
        .as_str()
        .with_context(|| format!("the API's answer lacks \"{name}\""))
}

//! What the demo does and shows, in order.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value gives null where there is nothing; it does not panic"
)]

use anyhow::Context;
use serde_json::{Value, json};

use super::{client::Client, receiver::Receiver};

/// The form of the incumbent's documentation.
const FORM: &[(&str, &str)] = &[
    ("email", "ines@example.org"),
    ("first_name", "Ines"),
    ("last_name", "Marlow"),
    ("user_login", "ines_marlow"),
    ("user_pass", "correct-horse-battery"),
];

/// Longest body of a request that is printed.
const SHOWN: usize = 600;

pub(super) async fn tell(client: &Client, receiver: &Receiver) -> anyhow::Result<()> {
    incoming(client).await?;
    outgoing(client, receiver).await
}

async fn incoming(client: &Client) -> anyhow::Result<()> {
    title("1. Incoming: an external app posts a form to a secret URL");
    let space = client
        .post("/v1/spaces", &json!({"title": "Lobby"}))
        .await?;
    let course = client
        .post("/v1/courses", &json!({"title": "Rust 101"}))
        .await?;
    let webhook = json!({"name": "Course shop", "add_space_ids": [space["id"]], "add_course_ids": [course["id"]]});
    let webhook = client.post("/v1/incoming-webhooks", &webhook).await?;
    let url = webhook["url"]
        .as_str()
        .context("an incoming webhook has a URL")?;

    println!("\nBefore:");
    community(client, &space, &course).await?;
    println!("\ncurl --request POST '{url}' \\");
    let form: Vec<_> = FORM
        .iter()
        .map(|(name, value)| format!("  --form '{name}={value}'"))
        .collect();
    println!("{}", form.join(" \\\n"));
    let answer = client.post_form(url, FORM).await?;
    println!("\n{}", serde_json::to_string_pretty(&answer)?);
    println!("\nAfter:");
    community(client, &space, &course).await
}

/// Users, and who is in the space and the course.
async fn community(client: &Client, space: &Value, course: &Value) -> anyhow::Result<()> {
    let list = async |path: String, name: fn(&Value) -> &Value| -> anyhow::Result<String> {
        let page = client.get(&path).await?;
        let names: Vec<_> = page["data"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| name(row).as_str())
            .collect();
        Ok(if names.is_empty() {
            "nobody".to_owned()
        } else {
            names.join(", ")
        })
    };
    let id = |value: &Value| value["id"].as_str().unwrap_or_default().to_owned();
    println!(
        "  users:               {}",
        list("/v1/users".into(), |user| &user["email"]).await?
    );
    println!(
        "  members of Lobby:    {}",
        list(format!("/v1/spaces/{}/members", id(space)), |m| &m["user"]
            ["display_name"])
        .await?
    );
    println!(
        "  students of Rust 101: {}",
        list(
            format!("/v1/courses/{}/students", id(course)),
            |s| &s["user"]["display_name"]
        )
        .await?
    );
    Ok(())
}

async fn outgoing(client: &Client, receiver: &Receiver) -> anyhow::Result<()> {
    title("2. Outgoing: an order is paid, and every feed that listens sends its request");
    for feed in feeds(&receiver.url) {
        let feed = client.post("/v1/feeds", &feed).await?;
        println!(
            "  feed: {} ({} {}, {} body)",
            text(&feed["title"]),
            text(&feed["method"]),
            text(&feed["format"]),
            text(&feed["body"]["mode"])
        );
    }
    let example = client.get("/v1/event-types/order.paid").await?;
    let event = json!({"type": "order.paid", "source": "demo-store", "id": "9041", "data": example["example"]});
    let event = client.post("/v1/events", &event).await?;
    println!(
        "\nevent {} (order.paid) is accepted; what the receivers got:",
        text(&event["id"])
    );
    for _ in 0..3 {
        print_request(&receiver.next().await?);
    }
    Ok(())
}

/// One JSON with all data, one form with selected fields, one GET.
fn feeds(receiver: &str) -> [Value; 3] {
    let base = |title: &str, path: &str, more: Value| {
        let mut feed = json!({"title": title, "url": format!("{receiver}{path}"), "events": ["order.paid"], "enabled": true});
        if let (Value::Object(feed), Value::Object(more)) = (&mut feed, more) {
            feed.extend(more);
        }
        feed
    };
    let fields = json!([
        {"key": "email", "value": "{{ data.customer.email }}"},
        {"key": "order", "value": "{{ data.order.id }}"},
        {"key": "greeting", "value": "Thank you, {{ data.customer.first_name }}!"},
    ]);
    let selected = json!({"mode": "selected", "fields": fields});
    [
        base(
            "Everything as JSON",
            "/all",
            json!({"method": "POST", "format": "json", "body": {"mode": "all"}}),
        ),
        base(
            "A few fields as a form",
            "/form",
            json!({"method": "POST", "format": "form", "body": selected}),
        ),
        base(
            "A GET with a few fields",
            "/get?shop=1",
            json!({"method": "GET", "format": "form", "body": selected,
            "headers": [{"name": "X-Api-Key", "value": "demo", "secret": true}]}),
        ),
    ]
}

fn print_request(request: &str) {
    println!("\n{}", "-".repeat(80));
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    println!("{head}\n");
    let shown: String = body.chars().take(SHOWN).collect();
    let rest = body.chars().count().saturating_sub(SHOWN);
    println!(
        "{shown}{}",
        if rest > 0 {
            format!("… ({rest} more characters)")
        } else {
            String::new()
        }
    );
}

fn title(text: &str) {
    println!("\n{text}\n{}", "=".repeat(text.chars().count()));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

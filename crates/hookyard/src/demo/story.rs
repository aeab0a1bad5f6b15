//! What the demo does and shows, in order.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value gives null where there is nothing; it does not panic"
)]

use anyhow::Context;
use serde_json::{Value, json};

use super::{client::DemoClient, receiver::DemoReceiver};

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

pub(super) async fn tell(client: &DemoClient, receiver: &DemoReceiver) -> anyhow::Result<()> {
    incoming(client).await?;
    outgoing(client, receiver).await
}

async fn incoming(client: &DemoClient) -> anyhow::Result<()> {
    title("1. Incoming: an external app posts a form to a secret URL");
    let space = client
        .post("/v1/spaces", &json!({"title": "Lobby"}))
        .await?;
    let course = client
        .post("/v1/courses", &json!({"title": "Rust 101"}))
        .await?;
    let webhook = json!({"name": "Course shop", "add_space_ids": [space["id"]], "add_course_ids": [course["id"]]});
    let webhook = client.post("/v1/incoming-webhooks", &webhook).await?;
    let url = text(&webhook, "url")?;

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

/// Finds the name in an entry of a list.
type EntryName = fn(&Value) -> &Value;

/// Users, and who is in the space and the course.
async fn community(client: &DemoClient, space: &Value, course: &Value) -> anyhow::Result<()> {
    let members = format!("/v1/spaces/{}/members", text(space, "id")?);
    let students = format!("/v1/courses/{}/students", text(course, "id")?);
    let lists: [(&str, &str, EntryName); 3] = [
        ("users", "/v1/users", |user| &user["email"]),
        (
            "members of Lobby",
            &members,
            |member| &member["user"]["display_name"],
        ),
        ("students of Rust 101", &students, |student| {
            &student["user"]["display_name"]
        }),
    ];
    for (what, path, name) in lists {
        println!(
            "  {:<22} {}",
            format!("{what}:"),
            names(client, path, name).await?
        );
    }
    Ok(())
}

/// The names of all entries of a list.
async fn names(client: &DemoClient, path: &str, name: EntryName) -> anyhow::Result<String> {
    let page = client.get(path).await?;
    let rows = page["data"].as_array().context("a list has entries")?;
    let names: Vec<_> = rows.iter().filter_map(|row| name(row).as_str()).collect();
    Ok(if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join(", ")
    })
}

async fn outgoing(client: &DemoClient, receiver: &DemoReceiver) -> anyhow::Result<()> {
    title("2. Outgoing: an order is paid, and every feed that listens to it sends a request");
    for feed in feeds(&receiver.url) {
        let feed = client.post("/v1/feeds", &feed).await?;
        let fields = match text(&feed["body"], "mode")? {
            "all" => "all data",
            _ => "selected fields",
        };
        println!(
            "  feed: {} ({}, {}, {fields})",
            text(&feed, "title")?,
            text(&feed, "method")?,
            text(&feed, "format")?
        );
    }
    let example = client.get("/v1/event-types/order.paid").await?;
    let event = json!({"type": "order.paid", "source": "demo-store", "id": "9041", "data": example["example"]});
    let event = client.post("/v1/events", &event).await?;
    println!(
        "\nThe API accepted event {} (order.paid). What the receivers got:",
        text(&event, "id")?
    );
    for _ in 0..3 {
        print_request(&receiver.next().await?);
    }
    Ok(())
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

/// A text in one of the API's answers.
fn text<'a>(answer: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    answer[name]
        .as_str()
        .with_context(|| format!("the API's answer lacks \"{name}\""))
}

//! A form makes a user and adds them to a space and a course.

use serde_json::json;

use super::{places::DemoPlaces, text};
use crate::demo::{client::DemoClient, page};

/// The form of the incumbent's documentation.
const FORM: &[(&str, &str)] = &[
    ("email", "ines@example.org"),
    ("first_name", "Ines"),
    ("last_name", "Marlow"),
    ("user_login", "ines_marlow"),
    ("user_pass", "correct-horse-battery"),
];

pub(super) async fn show(client: &DemoClient, places: &DemoPlaces) -> anyhow::Result<()> {
    page::title("1. Incoming: an external app posts a form to a secret URL")?;
    let webhook = json!({
        "name": "Course shop",
        "add_space_ids": [places.space],
        "add_course_ids": [places.course],
    });
    let webhook = client.post("/v1/incoming-webhooks", &webhook).await?;
    let url = text(&webhook, "url")?;
    page::say("Before:")?;
    places.show(client).await?;
    show_curl(url, FORM)?;
    let answer = client.post_form(url, FORM).await?;
    page::say(&serde_json::to_string_pretty(&answer)?)?;
    page::say("\nAfter:")?;
    places.show(client).await
}

/// How anybody else would post the form.
pub(super) fn show_curl(url: &str, form: &[(&str, &str)]) -> anyhow::Result<()> {
    let fields: Vec<_> = form
        .iter()
        .map(|(name, value)| format!("  --form '{name}={value}'"))
        .collect();
    page::say(&format!(
        "\ncurl --request POST \\\n  '{url}' \\\n{}\n\n",
        fields.join(" \\\n")
    ))
}

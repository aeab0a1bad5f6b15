//! The space and the course of the demo, and who is in them.

use anyhow::Context;
use serde_json::{Value, json};

use super::text;
use crate::demo::{client::DemoClient, page};

pub(super) struct DemoPlaces {
    pub(super) space: String,
    pub(super) course: String,
}

/// Finds the name in an entry of a list.
type EntryName = fn(&Value) -> &Value;

impl DemoPlaces {
    pub(super) async fn create(client: &DemoClient) -> anyhow::Result<Self> {
        let space = json!({"title": "Lobby"});
        let course = json!({"title": "Rust 101"});
        let space = client.post("/v1/spaces", &space).await?;
        let course = client.post("/v1/courses", &course).await?;
        Ok(Self {
            space: text(&space, "id")?.to_owned(),
            course: text(&course, "id")?.to_owned(),
        })
    }

    /// Shows all users, and who is in the space and the course.
    pub(super) async fn show(&self, client: &DemoClient) -> anyhow::Result<()> {
        let members = format!("/v1/spaces/{}/members", self.space);
        let students = format!("/v1/courses/{}/students", self.course);
        let display_name: EntryName = |entry| &entry["user"]["display_name"];
        let lists: [(&str, &str, EntryName); 3] = [
            ("users:", "/v1/users", |user| &user["email"]),
            ("members of Lobby:", &members, display_name),
            ("students of Rust 101:", &students, display_name),
        ];
        for (what, path, name) in lists {
            let names = names(client, path, name).await?;
            page::say(&format!("  {what:<22} {names}"))?;
        }
        Ok(())
    }
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

//! `/v1/event-types`: the built-in catalogue and the custom types. Whoever configures feeds works
//! with it, so it goes by the scopes of feeds; reading what happened is another right.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod fields;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod update;

use domain::event_type::{self, CustomSpec};
use storage::{
    Conn, JsonText,
    event_types::{self, EventType},
};

use crate::{Code, Problem, views::EventTypeView};

/// The type of this name or alias.
async fn find(conn: &mut Conn, name: &str) -> Result<EventTypeView, Problem> {
    match event_type::builtin(event_type::canonical(name)) {
        Some(entry) => Ok(entry.into()),
        None => Ok(event_types::find(conn, name)
            .await?
            .ok_or_else(|| Problem::new(Code::NotFound))?
            .into()),
    }
}

/// The custom type of this name; built-in ones cannot be changed.
async fn find_custom(conn: &mut Conn, name: &str) -> Result<EventType, Problem> {
    if event_type::builtin(event_type::canonical(name)).is_some() {
        return Err(Problem::new(Code::BuiltIn));
    }
    event_types::find(conn, name)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))
}

/// Writes a checked spec into its row.
fn put(row: &mut EventType, spec: CustomSpec) {
    row.name = spec.name;
    row.label = spec.label;
    row.group_label = spec.group;
    row.description = spec.description;
    row.json_schema = spec.schema.map(JsonText);
    row.example = JsonText(spec.example);
}

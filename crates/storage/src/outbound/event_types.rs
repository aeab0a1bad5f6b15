//! Custom event types; the built-in ones are part of the program.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, id::Id};

use crate::database::{
    conn::Conn,
    error::{Error, OptionalRow, Result},
    revisions::{self, Revision},
    schema::event_types,
    sql_types::{JsonText, Sql},
};

/// The kind of an event type's inner id, which is never shown.
#[derive(Debug)]
pub enum EventTypeKind {}
impl domain::id::IdKind for EventTypeKind {
    const PREFIX: &'static str = "evtype";
}
/// The inner id of an event type.
pub type EventTypeId = Id<EventTypeKind>;

record! {
    /// A row of `event_types`.
    event_types: EventType {
        id: EventTypeId,
        name: String,
        label: String,
        group_label: String,
        description: Option<String>,
        json_schema: Option<JsonText<serde_json::Value>>,
        example: JsonText<serde_json::Value>,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
    }
}

/// The custom type of this name.
pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<EventType>> {
    on!(conn, |c| event_types::table
        .filter(event_types::name.eq(name))
        .select(EventType::as_select())
        .first(c))
    .optional()
}

/// Every custom type, in the order of groups and names. Their number is bounded by the API.
pub async fn list(conn: &mut Conn) -> Result<Vec<EventType>> {
    on!(conn, |c| event_types::table
        .order((event_types::group_label.asc(), event_types::name.asc()))
        .select(EventType::as_select())
        .load(c))
}

/// Id, name, version and schema of every custom type.
pub(crate) async fn schemas(conn: &mut Conn) -> Result<Vec<SchemaRow>> {
    let columns = (
        event_types::id,
        event_types::name,
        event_types::version,
        event_types::json_schema,
    );
    on!(conn, |c| event_types::table.select(columns).load(c))
}

pub(crate) type SchemaRow = (
    EventTypeId,
    String,
    i64,
    Option<JsonText<serde_json::Value>>,
);

/// The examples of the custom types with these names.
pub async fn examples(
    conn: &mut Conn,
    names: &[String],
) -> Result<Vec<(String, serde_json::Value)>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, JsonText<serde_json::Value>)> = on!(conn, |c| event_types::table
        .filter(event_types::name.eq_any(names))
        .select((event_types::name, event_types::example))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|(name, example)| (name, example.0))
        .collect())
}

/// How many custom types there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    on!(conn, |c| event_types::table.count().get_result(c))
}

/// Adds a custom type.
///
/// # Errors
/// [`Error::Conflict`] for a name that is taken.
pub async fn insert(conn: &mut Conn, event_type: &EventType) -> Result<()> {
    on!(conn, |c| diesel::insert_into(event_types::table)
        .values(event_type.clone())
        .execute(c))?;
    revisions::bump(conn, Revision::EventTypes).await
}

/// Writes a changed type; `event_type.version` is the version that was read, and is counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster.
pub async fn update(conn: &mut Conn, event_type: &mut EventType) -> Result<()> {
    let read = event_type.version;
    event_type.version += 1;
    let row = event_types::table
        .find(Sql(event_type.id))
        .filter(event_types::version.eq(read));
    let rows = on!(conn, |c| diesel::update(row)
        .set(event_type.clone())
        .execute(c))?;
    if rows == 1 {
        revisions::bump(conn, Revision::EventTypes).await
    } else {
        Err(Error::Stale)
    }
}

/// Removes a custom type.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: EventTypeId) -> Result<()> {
    match on!(conn, |c| diesel::delete(event_types::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => revisions::bump(conn, Revision::EventTypes).await,
    }
}

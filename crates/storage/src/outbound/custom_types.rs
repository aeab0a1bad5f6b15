//! The custom event types in memory, with their schemas compiled: an event is checked without a
//! query of its own.

use std::{collections::HashMap, sync::Arc};

use domain::{Invalid, event::Event, event_type::DataSchema};

use super::event_types::{self, EventTypeId};
use crate::database::{conn::Conn, error::Result, followed::Followed, revisions::Revision};

/// The types as this process knows them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CustomTypes(Followed<CustomTypesSnapshot>);

/// The custom types at one revision.
#[derive(Debug, Default)]
pub struct CustomTypesSnapshot {
    types: HashMap<String, KnownType>,
}

#[derive(Debug, Clone)]
struct KnownType {
    id: EventTypeId,
    version: i64,
    schema: Option<Arc<DataSchema>>,
}

impl CustomTypesSnapshot {
    /// Whether this is the name of a custom type.
    pub fn has(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// The names of all custom types, in no order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.types.keys()
    }

    /// Checks an event's data against the schema of its type, if there is one.
    ///
    /// # Errors
    /// What breaks the schema, with pointers that begin with `/data`.
    pub fn check(&self, event: &Event) -> std::result::Result<(), Invalid> {
        match self
            .types
            .get(&event.kind)
            .and_then(|known| known.schema.as_ref())
        {
            Some(schema) => schema.check_bytes(&event.data, "/data"),
            None => Ok(()),
        }
    }
}

impl Default for CustomTypes {
    fn default() -> Self {
        Self(Followed::new(Revision::EventTypes))
    }
}

impl CustomTypes {
    /// What was read last.
    pub fn last(&self) -> Arc<CustomTypesSnapshot> {
        self.0.last()
    }

    /// The types as they are now: one look at the revision, and no more when nothing changed. When
    /// they cannot be read, the last snapshot stays.
    pub async fn now(&self, conn: &mut Conn) -> Result<Arc<CustomTypesSnapshot>> {
        self.0.now(conn, read).await
    }
}

/// Reads the types. A schema that did not change is not compiled again.
async fn read(conn: &mut Conn, old: &CustomTypesSnapshot) -> Result<CustomTypesSnapshot> {
    let mut types = HashMap::new();
    for (id, name, version, schema) in event_types::schemas(conn).await? {
        let unchanged = old
            .types
            .get(&name)
            .filter(|known| known.id == id && known.version == version);
        let known = match unchanged {
            Some(known) => known.clone(),
            None => KnownType {
                id,
                version,
                schema: schema.and_then(|schema| compile(&name, &schema.0)),
            },
        };
        types.insert(name, known);
    }
    Ok(CustomTypesSnapshot { types })
}

/// A schema was compiled before it was stored; one that another version let in is not enforced, and
/// says so.
fn compile(name: &str, schema: &serde_json::Value) -> Option<Arc<DataSchema>> {
    match DataSchema::compile(schema, "") {
        Ok(schema) => Some(Arc::new(schema)),
        Err(error) => {
            tracing::error!(
                event_type = name,
                ?error,
                "a stored schema cannot be used; events are not checked against it"
            );
            None
        }
    }
}

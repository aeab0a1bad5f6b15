//! The custom event types in memory, with their schemas compiled: an event is checked without a
//! query of its own.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use domain::{Invalid, event::Event, event_type::DataSchema};
use tokio::sync::Mutex;

use super::event_types::{self, EventTypeId};
use crate::database::{
    conn::Conn,
    error::Result,
    revisions::{self, Revision},
};

/// The current snapshot. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CustomTypes {
    current: Arc<RwLock<Arc<Snapshot>>>,
    /// One refresh at a time, so that an older one cannot replace a newer.
    refreshing: Arc<Mutex<()>>,
}

/// The custom types at one revision.
#[derive(Debug, Default)]
pub struct Snapshot {
    revision: Option<i64>,
    types: HashMap<String, Known>,
}

#[derive(Debug, Clone)]
struct Known {
    id: EventTypeId,
    version: i64,
    schema: Option<Arc<DataSchema>>,
}

impl Snapshot {
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

impl CustomTypes {
    /// What was read last.
    pub fn last(&self) -> Arc<Snapshot> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The types as they are now: one look at the revision, and no more when nothing changed.
    ///
    /// # Errors
    /// [`crate::Error`] of the database; then the snapshot stays as it was.
    pub async fn now(&self, conn: &mut Conn) -> Result<Arc<Snapshot>> {
        let _alone = self.refreshing.lock().await;
        // Read before the types: a change in between is seen next time.
        let revision = revisions::read(conn, Revision::EventTypes).await?;
        let old = self.last();
        if old.revision == Some(revision) {
            return Ok(old);
        }
        let mut types = HashMap::new();
        for (id, name, version, schema) in event_types::schemas(conn).await? {
            let unchanged = old
                .types
                .get(&name)
                .filter(|known| known.id == id && known.version == version);
            let known = match unchanged {
                Some(known) => known.clone(),
                None => Known {
                    id,
                    version,
                    schema: schema.and_then(|schema| compile(&name, &schema.0)),
                },
            };
            types.insert(name, known);
        }
        let new = Arc::new(Snapshot {
            revision: Some(revision),
            types,
        });
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
        Ok(new)
    }
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

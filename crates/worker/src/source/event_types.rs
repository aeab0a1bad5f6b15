//! The custom event types and their schemas, for what comes over the bus.

use std::sync::Arc;

use domain::{Invalid, event::Event, event_type};
use storage::{
    Db, Result,
    custom_types::{CustomTypes, CustomTypesSnapshot},
};

/// The custom types as this process knows them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EventTypes {
    db: Db,
    known: CustomTypes,
}

impl EventTypes {
    pub(crate) fn new(db: Db) -> Self {
        Self {
            db,
            known: CustomTypes::default(),
        }
    }

    /// Reads them if they changed. When that fails, what was known stays.
    pub(crate) async fn refresh(&self) -> Result<Arc<CustomTypesSnapshot>> {
        self.known.now(&mut self.db.read().await?).await
    }
}

/// Checks the events of one batch. The types are looked up once for it, and only if one of its
/// events is of a custom type.
pub(crate) struct BatchCheck {
    types: EventTypes,
    snapshot: Option<Arc<CustomTypesSnapshot>>,
    /// The snapshot is what the database says; what it lacks is nowhere.
    is_current: bool,
}

impl BatchCheck {
    pub(crate) fn of(types: &EventTypes) -> Self {
        Self {
            types: types.clone(),
            snapshot: None,
            is_current: false,
        }
    }

    /// Checks that an event's type is in the catalogue, and its data against the type's schema, if
    /// it has one. The error lists what is wrong.
    pub(crate) async fn event(&mut self, event: &Event) -> std::result::Result<(), Invalid> {
        if event_type::builtin(&event.kind).is_some() {
            return Ok(());
        }
        if self.snapshot.is_none() {
            let read = self.types.refresh().await;
            self.is_current = read.is_ok();
            self.snapshot = Some(read.unwrap_or_else(|error| {
                tracing::warn!(%error, "the event types cannot be read; events are checked against the last known ones");
                self.types.known.last()
            }));
        }
        match &self.snapshot {
            Some(types) if self.is_current && !types.has(&event.kind) => {
                Err(event_type::unknown(&event.kind))
            }
            Some(types) => types.check(event),
            None => Ok(()),
        }
    }
}

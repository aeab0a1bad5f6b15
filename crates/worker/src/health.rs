//! How the parts of the worker are doing, for `/health/ready`.

use std::sync::{Arc, Mutex, PoisonError};

/// A part of the worker that can be well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerPart {
    /// The snapshot of feeds is read.
    Feeds,
    /// Results can be written.
    Recorder,
    /// Rows that are due can be claimed.
    Due,
    /// The outbox can be read (embedded), or relayed (server).
    Outbox,
    /// There is a connection to the broker.
    Broker,
    /// The queue of deliveries is consumed.
    Consumer,
}

impl WorkerPart {
    /// Every part, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Feeds,
        Self::Recorder,
        Self::Due,
        Self::Outbox,
        Self::Broker,
        Self::Consumer,
    ];

    /// What operators call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Recorder => "recorder",
            Self::Due => "due",
            Self::Outbox => "outbox",
            Self::Broker => "broker",
            Self::Consumer => "consumer",
        }
    }
}

/// What is wrong with a part, or that nothing is.
type PartState = Result<(), String>;

/// Shared by the worker's tasks, which report, and the health endpoint, which reads. Cheap to
/// clone.
#[derive(Debug, Clone, Default)]
pub struct WorkerHealth(Arc<Mutex<[Option<PartState>; WorkerPart::ALL.len()]>>);

impl WorkerHealth {
    /// The part works.
    pub fn well(&self, part: WorkerPart) {
        self.set(part, Ok(()));
    }

    /// The part does not work; `why` is shown to operators and must hold no secret.
    pub fn ill(&self, part: WorkerPart, why: impl Into<String>) {
        self.set(part, Err(why.into()));
    }

    /// Every part that reported so far, with what is wrong with it.
    pub fn parts(&self) -> Vec<(&'static str, Result<(), String>)> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        WorkerPart::ALL
            .iter()
            .zip(parts.iter())
            .filter_map(|(part, state)| Some((part.name(), state.clone()?)))
            .collect()
    }

    fn set(&self, part: WorkerPart, state: PartState) {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = WorkerPart::ALL.iter().position(|known| *known == part);
        if let Some(place) = place.and_then(|place| parts.get_mut(place)) {
            *place = Some(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shown_once_they_report() {
        let health = WorkerHealth::default();
        assert!(health.parts().is_empty());
        health.ill(WorkerPart::Broker, "connection refused");
        health.clone().well(WorkerPart::Consumer);
        assert_eq!(
            health.parts(),
            [
                ("broker", Err("connection refused".into())),
                ("consumer", Ok(()))
            ]
        );
        health.well(WorkerPart::Broker);
        assert_eq!(health.parts()[0], ("broker", Ok(())));
    }
}

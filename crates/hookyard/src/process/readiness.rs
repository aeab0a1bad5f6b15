//! What `/health/ready` says about a process.

use api::{Readiness, ReadinessCheck};
use worker::WorkerPart;

use super::Foundation;
use crate::config::Config;

/// The database and the outbox, and with a worker its parts.
pub(super) fn of(
    config: &Config,
    foundation: &Foundation,
    worker: Option<&worker::WorkerHealth>,
) -> Readiness {
    let max_age = config.server.max_outbox_age_seconds.duration();
    let readiness = Readiness::new(foundation.db.clone(), foundation.clock.clone(), max_age);
    let Some(health) = worker else {
        return readiness;
    };
    let has_broker = config.broker.url.is_some();
    WorkerPart::ALL
        .into_iter()
        .filter(|part| is_shown(*part, has_broker))
        .fold(readiness, |readiness, part| {
            readiness.with_check(part_of_worker(part.name(), health.clone()))
        })
}

/// Parts that never report would never be ready.
const fn is_shown(part: WorkerPart, has_broker: bool) -> bool {
    match part {
        WorkerPart::Feeds | WorkerPart::Recorder | WorkerPart::Due => true,
        // Every process has a part of this name, which tells by the age of the oldest event.
        WorkerPart::Outbox => false,
        WorkerPart::Broker | WorkerPart::Consumer => has_broker,
    }
}

/// A part that has not reported yet is not ready.
fn part_of_worker(part: &'static str, health: worker::WorkerHealth) -> ReadinessCheck {
    ReadinessCheck::new(part, move || {
        let state = health
            .parts()
            .into_iter()
            .find(|(name, _)| *name == part)
            .map(|(_, state)| state);
        std::future::ready(match state {
            Some(Ok(())) => Ok("works".to_owned()),
            // The log has the cause; strangers read this page.
            Some(Err(_)) => Err("does not work; the log says why".to_owned()),
            None => Err("is starting".to_owned()),
        })
    })
}

//! What `/health/ready` says about a process.

use api::{Readiness, ReadinessCheck};

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
    let parts: &[&'static str] = if config.broker.url.is_some() {
        &["feeds", "recorder", "due", "broker", "consumer"]
    } else {
        &["feeds", "recorder", "due"]
    };
    parts.iter().fold(readiness, |readiness, part| {
        readiness.with_check(part_of_worker(part, health.clone()))
    })
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

//! Whether the broker can be worked with.

use super::{Finding, Flaw};
use crate::config::Config;

pub(super) async fn check(config: &Config) -> Finding {
    if config.broker.url.is_none() {
        return Ok("none is configured: events are read from the outbox in process".into());
    }
    match worker::check_broker(&config.broker).await {
        Ok(()) => Ok("answers, and has the exchanges and queues".into()),
        Err(error) => Flaw::found(
            error,
            "start the broker, correct broker.url, or remove what is in the way in its management page",
        ),
    }
}

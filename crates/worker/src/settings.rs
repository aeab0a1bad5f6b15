//! What an operator can say about the worker.

mod broker;
mod delivery;

use std::time::Duration;

pub use broker::{BadBrokerUrl, BrokerSettings, BrokerUrl};
pub use delivery::DeliverySettings;

use crate::Mail;

/// Everything about the worker that is configured.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    pub delivery: DeliverySettings,
    pub broker: BrokerSettings,
    /// How long a stopping worker waits for the requests under way (`server.drain_seconds`).
    pub drain: Duration,
    /// `None`: mails stay where they are.
    pub mail: Option<Mail>,
}

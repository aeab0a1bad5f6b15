//! The bus: RabbitMQ between processes, and between Hookyard and other programs.
//!
//! The relay publishes the outbox to the exchange, the consumer hands over what arrives in the
//! queue. Each has a session of its own: a connection, its channels and the topology, which is
//! rebuilt as a whole after any loss.

mod acks;
mod check;
mod consumer;
mod message;
mod publisher;
mod relay;
mod session;
#[cfg(test)]
mod tests;
mod topology;

use domain::Clock;
use lapin::uri::AMQPUri;

use crate::{health::WorkerHealth, settings::BrokerSettings};

pub use check::check_broker;
pub use publisher::{PublishError, publish_event};
pub use session::BrokerError;

/// What the sessions of one process share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Bus {
    uri: AMQPUri,
    names: topology::BrokerNames,
    prefetch: u16,
    clock: Clock,
    health: WorkerHealth,
}

impl Bus {
    /// Reads the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`BrokerError::Settings`].
    pub(crate) fn new(
        settings: &BrokerSettings,
        clock: Clock,
        health: WorkerHealth,
    ) -> Result<Self, BrokerError> {
        let not_set = || BrokerError::Settings("broker.url is not set".into());
        let url = settings.url.as_ref().ok_or_else(not_set)?;
        let mut uri = url
            .uri()
            .map_err(|error| BrokerError::Settings(format!("broker.url {error}")))?;
        uri.query.heartbeat.get_or_insert(session::HEARTBEAT);
        uri.query
            .connection_timeout
            .get_or_insert(session::TCP_TIMEOUT);
        Ok(Self {
            uri,
            names: topology::BrokerNames::new(&settings.namespace),
            prefetch: settings.prefetch,
            clock,
            health,
        })
    }
}

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
use secrecy::ExposeSecret;

use crate::{health::WorkerHealth, settings::Broker};

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
        broker: &Broker,
        clock: Clock,
        health: WorkerHealth,
    ) -> Result<Self, BrokerError> {
        let names = topology::BrokerNames::new(&broker.namespace)?;
        // The message could repeat the URL, and with it the password.
        let mut uri: AMQPUri = broker.url.expose_secret().parse().map_err(|_: String| {
            BrokerError::Settings(
                "broker.url must look like amqp://user:password@host:5672 or amqps://…".into(),
            )
        })?;
        uri.query.heartbeat.get_or_insert(session::HEARTBEAT);
        uri.query
            .connection_timeout
            .get_or_insert(session::TCP_TIMEOUT);
        Ok(Self {
            uri,
            names,
            prefetch: broker.prefetch.max(1),
            clock,
            health,
        })
    }
}

//! What an operator can say about the worker.

use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::Mail;

/// Everything about the worker that is configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Networks that requests may reach beside the public internet (`delivery.allow_networks`).
    pub allow_networks: Vec<IpNet>,
    /// Requests under way at once, over all feeds (`delivery.max_in_flight`).
    pub max_in_flight: usize,
    /// How long an event may wait for its receivers before it is recorded with deliveries still
    /// under way.
    pub settle_after: Duration,
    /// A transaction records this many rows, or what has gathered after this time
    /// (`delivery.record_rows`, `record_wait_ms`).
    pub record_rows: usize,
    pub record_wait: Duration,
    /// How long a stopping worker waits for the requests under way.
    pub drain: Duration,
    /// `None`: the outbox is read in process.
    pub broker: Option<Broker>,
    /// `None`: mails stay where they are.
    pub mail: Option<Mail>,
}

/// The RabbitMQ server and what is ours on it.
#[derive(Debug, Clone)]
pub struct Broker {
    /// `amqp://…` or `amqps://…`; carries a password.
    pub url: SecretString,
    /// How the names of exchanges and queues begin.
    pub namespace: String,
    /// Messages that may be handed over and not yet settled.
    pub prefetch: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_networks: Vec::new(),
            max_in_flight: 512,
            settle_after: Duration::from_secs(1),
            record_rows: 256,
            record_wait: Duration::from_millis(5),
            drain: Duration::from_secs(20),
            broker: None,
            mail: None,
        }
    }
}

impl Broker {
    /// The broker at this URL, with the default namespace and prefetch.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            namespace: "hookyard".into(),
            prefetch: 1024,
        }
    }
}

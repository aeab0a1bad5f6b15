//! From an event to its receivers: source ─▶ route ─▶ lanes ─▶ send ─▶ record ─▶ settle, and rows that are due back into the
//! lanes. The only crate that sends HTTP and knows RabbitMQ.

mod arrival;
mod client;
mod health;
mod rabbit;
mod settings;

pub use health::{Health, Part};
pub use rabbit::{BrokerError, PublishError, publish_event};
pub use settings::{Broker, Settings};

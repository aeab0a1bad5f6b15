//! From an event to its receivers: source ─▶ route ─▶ lanes ─▶ send ─▶ record ─▶ settle, and rows that are due back into the
//! lanes. The only crate that sends HTTP and knows RabbitMQ.

mod arrival;
mod client;
mod crew;
mod disable;
mod due;
mod feed_tests;
mod feeds;
mod flight;
mod health;
mod judge;
mod lane;
mod outbox;
mod plan;
mod rabbit;
mod record;
mod route;
mod run;
mod send;
mod settings;
mod settle;

pub use client::SetupError;
pub use health::{Health, Part};
pub use rabbit::{BrokerError, PublishError, publish_event};
pub use run::{Error, Parts, run};
pub use settings::{Broker, Settings};

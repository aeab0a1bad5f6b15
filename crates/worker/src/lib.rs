//! From an event to its receivers: source ─▶ route ─▶ lanes ─▶ send ─▶ record ─▶ settle, and rows
//! that are due back into the lanes. The only crate that sends HTTP and mail and knows RabbitMQ.

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
mod mail;
mod outbox;
mod plan;
mod rabbit;
mod record;
mod route;
mod run;
mod send;
mod settings;
mod settle;
mod taken;
mod types;

pub use client::SetupError;
pub use health::{Health, Part};
pub use mail::{Addressee, Letter, Mail, MailSettings, MailSettingsError, NotSent, Post, Topic};
pub use rabbit::{BrokerError, PublishError, check_broker, publish_event};
pub use run::{Error, Parts, run};
pub use settings::{Broker, Settings};

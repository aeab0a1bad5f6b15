//! Storage on both databases. PostgreSQL takes part when DATABASE_URL is set (`scripts/test` sets
//! it); every test gets a database of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

extern crate hookyard_storage as storage;

mod bulk;
mod connections;
mod custom_types;
mod documents;
mod encryption;
mod feed_activity;
mod intake;
mod mails;
mod migrations;
mod plans;
mod round_trips;
mod rows;
mod signals;
mod stores;

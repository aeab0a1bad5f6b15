//! The only crate that knows SQL. One schema and each query once, for PostgreSQL and SQLite.
//!
//! - [`Db`] hands out connections ([`Conn`]) and transactions ([`Tx`]).
//! - One module for each noun: its record and its queries, plain functions over `&mut Conn`.
//! - The macro [`on!`] runs one diesel query on whichever database is open.
//! - [`hot`] holds the statements that decide throughput; they are written once for each database.

#[macro_use]
mod conn;
#[macro_use]
pub mod sql_types;
mod connect;
mod error;
mod migrate;
#[macro_use]
mod page;
pub mod doorbell;
mod schema;
mod signal;

pub mod api_keys;
pub mod call_tallies;
pub mod calls;
pub mod completions;
pub mod courses;
pub mod custom_types;
pub mod deliveries;
pub mod enrollments;
pub mod event_types;
pub mod events;
pub mod feed_activity;
pub mod feeds;
pub mod hot;
pub mod idempotency;
pub mod incoming_webhooks;
pub mod mails;
pub mod memberships;
pub mod password_tokens;
mod revisions;
pub mod spaces;
pub mod time;
pub mod users;

pub use conn::{Conn, Db, Settings, Tx};
pub use error::{Error, Result, Unique};
pub use migrate::{Migration, SchemaState};
pub use page::{From, Page, Window};
pub use signal::Signals;
pub use sql_types::Json;

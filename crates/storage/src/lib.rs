//! The only crate that knows SQL. One schema and each query once, for PostgreSQL and SQLite.
//!
//! - [`Db`] hands out connections ([`Conn`]) and transactions ([`Tx`]).
//! - One module for each noun: its record and its queries, plain functions over `&mut Conn`. The
//!   folders group the nouns (`community`, `inbound`, `outbound`, `access`); their paths
//!   are short for callers: `storage::users`, `storage::deliveries`.
//! - The macro `on!` runs one diesel query on whichever database is open.
//! - The statements that decide throughput are written once for each database, because they handle
//!   many rows at once. They live with their noun, too: in `bulk.rs` below it, or, when they are
//!   few, beside its other queries. How such a statement is made is told in `database::bulk`.

#[macro_use]
mod database;

mod access;
mod community;
pub mod doorbell;
mod inbound;
pub mod mails;
mod outbound;
mod signals;

pub use access::{api_keys, bootstrap_keys, idempotency, master_key_check, password_tokens};
pub use community::{
    completions, courses, enrollments, membership_snapshot, memberships, spaces, users,
};
pub use database::{
    conn::{Conn, Db, Link, Tx},
    document::Document,
    error::{Error, Result, Unique},
    followed::Followed,
    migrate::{Migration, SchemaState},
    page::{Page, PageStart, Window},
    reach::Unreachable,
    revisions::Revision,
    settings::{BadDatabaseUrl, DatabaseSettings, DatabaseUrl},
    sql_types::JsonText,
    time,
};
pub use inbound::{call_tallies, calls, incoming_webhooks};
pub use outbound::{
    custom_types, deliveries, event_types, events, feed_activity, feeds, results, trials,
};
pub use signals::{Signal, Signals};

//! The only crate that serves HTTP: the management API under `/v1` and the intake under
//! `/hooks/in`.
//!
//! A handler is thin: its arguments read and authorise (see [`auth`], `extract`, `paging`, `etag`),
//! its body is one rule or query, its answer says which view of which row. It knows no SQL, and no
//! status besides that of success. `routes.rs` lists all routes; one file for each operation holds
//! input, documentation and handler together.

mod auth;
mod community;
mod created;
mod etag;
mod extract;
mod fallback;
mod guest;
mod health;
mod idempotency;
mod intake;
mod openapi;
mod paging;
mod password;
mod patch;
mod problem;
mod rate;
mod request_id;
mod routes;
mod schema;
mod server;
mod source;
mod state;
mod verification;
mod views;

#[cfg(test)]
mod tests;

pub use health::{Check, health_server};
pub use openapi::openapi;
pub use password::HashCost;
pub use server::server;
pub use state::{Limits, Settings, State};

pub(crate) use problem::{Code, Problem};
pub(crate) use source::source_address;

//! The only crate that serves HTTP: the management API under `/v1` and the intake under
//! `/hooks/in`.
//!
//! A request passes the layers of `server`, then the handler that `routes` names for it: one file
//! for each operation holds input, documentation and handler together. A handler is thin: its
//! arguments read and authorise (`request`), its body is one rule or query, its answer (`answer`)
//! says which view (`views`) of which row. Every failure is a `problem`. It knows no SQL, and no
//! status besides that of success. What requests share is the [`State`].
//!
//! Two things take more than a handler: changes of the community, with the events that they cause
//! (`community`), and calls of incoming webhooks (`intake`).

mod answer;
mod community;
mod connections;
mod health;
mod input;
mod intake;
mod json_bytes;
mod openapi;
mod problem;
mod request;
mod routes;
mod schema;
mod server;
mod settings;
mod state;
mod verification;
mod views;

#[cfg(test)]
mod tests;

pub use health::{Readiness, ReadinessCheck, health_server};
pub use openapi::openapi;
pub use server::server;
pub use settings::{
    ApiSettings, AuthSettings, BadHashCost, BadOrigin, BadPublicUrl, CorsOrigin, HashCost,
    IntakeSettings, PublicUrl, ServerSettings,
};
pub use state::State;

pub(crate) use json_bytes::json_bytes;
pub(crate) use problem::{Code, Problem};

//! Incoming webhooks and what came of their calls.

pub mod call_tallies;
pub mod calls;
pub mod incoming_webhooks;

//! From a routed event to the record of what its receivers answered: a lane for each feed decides
//! what may start, the dispatcher runs it, the recorder writes what came of it, and settling
//! acknowledges the event.
//!
//! Imports go one way: plain types are below (`outcome`, `receipts`, `entry`, `task`), then the
//! lane, then the dispatcher, and above it what feeds it (`due`, `trials`).

pub(crate) mod attempt;
pub(crate) mod claimed;
pub(crate) mod classify;
pub(crate) mod client;
pub(crate) mod compiled_feed;
pub(crate) mod disable;
pub(crate) mod dispatcher;
pub(crate) mod due;
pub(crate) mod due_bell;
pub(crate) mod entry;
pub(crate) mod feeds;
#[cfg(test)]
mod fixtures;
pub(crate) mod held;
pub(crate) mod lane;
pub(crate) mod outcome;
pub(crate) mod permits;
pub(crate) mod receipts;
pub(crate) mod record;
pub(crate) mod record_group;
pub(crate) mod recorder;
pub(crate) mod send;
pub(crate) mod set_aside;
pub(crate) mod settle;
pub(crate) mod task;
pub(crate) mod trials;
pub(crate) mod unsettled;

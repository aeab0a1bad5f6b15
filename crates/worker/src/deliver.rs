//! From a routed event to the record of what its receivers answered: a lane for each feed decides
//! what may start, the dispatcher runs it, the recorder writes what came of it, and settling
//! acknowledges the event.

pub(crate) mod claimed;
pub(crate) mod classify;
pub(crate) mod client;
pub(crate) mod compiled_feed;
pub(crate) mod disable;
pub(crate) mod dispatcher;
pub(crate) mod due;
pub(crate) mod feeds;
pub(crate) mod lane;
pub(crate) mod record;
pub(crate) mod send;
pub(crate) mod settle;
pub(crate) mod task;
pub(crate) mod trials;

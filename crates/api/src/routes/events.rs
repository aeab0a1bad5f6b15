//! `/v1/events`.

pub(crate) mod batch;
pub(crate) mod create;
mod input;
pub(crate) mod list;
pub(crate) mod read;

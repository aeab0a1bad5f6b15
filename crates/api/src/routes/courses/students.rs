//! `/v1/courses/{id}/students`.

pub(crate) mod complete;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod remove;

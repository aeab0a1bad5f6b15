//! `/v1/spaces/{id}/members`.

pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod remove;

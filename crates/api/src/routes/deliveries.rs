//! `/v1/deliveries`.

pub(crate) mod list;
pub(crate) mod read;

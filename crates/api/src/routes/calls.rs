//! `/v1/calls`.

pub(crate) mod read;

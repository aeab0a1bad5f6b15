//! `/v1/password`: how users come to a password, without an API key.

pub(crate) mod forgot;
pub(crate) mod reset;

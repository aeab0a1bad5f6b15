//! `/v1/users`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod enrollments;
pub(crate) mod list;
pub(crate) mod memberships;
pub(crate) mod read;
pub(crate) mod update;

use domain::{Email, Invalid, text};

/// Longest first or last name, in characters.
const MAX_NAME: usize = 100;

fn name(pointer: &str, raw: &str) -> Result<String, Invalid> {
    text::line(pointer, raw, MAX_NAME)
}

fn email(pointer: &str, raw: &str) -> Result<Email, Invalid> {
    Email::parse(raw).map_err(|error| Invalid::one(pointer, "invalid_email", error.to_string()))
}

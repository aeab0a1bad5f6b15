//! Rules under inputs that nobody thought of. `PROPTEST_CASES` says how many; CONTRIBUTING.md tells
//! how to run a million.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

extern crate hookyard_domain as domain;

mod addresses;
mod community;
mod logins;
mod signatures;
mod texts;

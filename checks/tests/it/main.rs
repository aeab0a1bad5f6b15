//! Each rule is broken on purpose, and kept, in small crates.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod circles;
mod documents;
mod lengths;
mod names;
mod planted;

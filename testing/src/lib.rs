//! What the tests of several crates need: an HTTP receiver that does as it is told, a PostgreSQL
//! database of a test's own, and waiting for a condition.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

pub mod database;
pub mod http;
pub mod listener;
pub mod receiver;
pub mod wait;

pub use database::{Database, on_each_store};
pub use listener::Listener;
pub use receiver::{Received, Receiver, Reply};
pub use wait::until;

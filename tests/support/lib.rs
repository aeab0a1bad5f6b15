//! What the black-box tests stand on: Hookyard's processes on both profiles, a client with one
//! helper per route, a mail server, and a foreign hand on the bus. Nothing here knows
//! Hookyard's code; it starts the binary and speaks its protocols.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

pub mod app;
pub mod binary;
pub mod broker;
pub mod client;
pub mod fixtures;
pub mod mail_server;
pub mod process;
pub mod settings;
mod sqlite;

pub use app::{App, Process, Profile};
pub use client::{Answer, Client};
pub use mail_server::{Encryption, MailServer};
pub use testing::{Database, Received, Receiver, Reply, until, wait::PATIENCE};

/// Makes two tests of each function, `embedded::name` and `server::name`. The functions take a
/// [`Profile`].
#[macro_export]
macro_rules! both_profiles {
    ($($name:ident),+ $(,)?) => {
        mod embedded { $(
            #[tokio::test]
            async fn $name() { super::$name($crate::Profile::Embedded).await }
        )+ }
        mod server { $(
            #[tokio::test]
            async fn $name() { super::$name($crate::Profile::Server).await }
        )+ }
    };
}

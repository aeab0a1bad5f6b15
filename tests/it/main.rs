//! Black-box tests: each starts a Hookyard of its own and speaks to it as its users do. Modules
//! mirror the API's URLs, then come delivery, crashes, the bus and the command line. Most run on
//! both profiles: `embedded::…` and `server::…`.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod api_keys;
mod bus;
mod cli;
mod concurrency;
mod connections;
mod conventions;
mod courses;
mod crash;
mod deletions;
mod deliveries;
mod delivery;
mod event_types;
mod events;
mod feeds;
mod health;
mod hooks_in;
mod incoming_webhooks;
mod mail;
mod paging;
mod resets;
mod spaces;
mod users;

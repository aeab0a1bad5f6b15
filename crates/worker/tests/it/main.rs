//! The pipeline from the outbox to real receivers, on both databases. PostgreSQL takes part when
//! DATABASE_URL is set (`scripts/test` sets it); every test gets a database of its own.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

extern crate hookyard_worker as worker;

mod bus;
mod delivering;
mod feed_changes;
mod giving_up;
mod lanes;
mod outage;
mod refusals;
mod stopping;
mod trials;
mod world;

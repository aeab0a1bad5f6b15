//! The pipeline from the outbox to real receivers, on both databases. PostgreSQL takes part when DATABASE_URL is set
//! (`scripts/test` sets it); every test gets a database of its own.

extern crate hookyard_worker as worker;

mod delivering;
mod giving_up;
mod lanes;
mod receiver;
mod stopping;
mod world;

//! Outgoing webhooks: events, the feeds that listen to them, and their deliveries.

pub mod custom_types;
pub mod deliveries;
pub mod event_types;
pub mod events;
pub mod feed_activity;
pub mod feeds;
pub mod results;
pub mod trials;

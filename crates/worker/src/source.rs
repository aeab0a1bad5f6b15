//! Where events come from: the outbox table (embedded), or the queue on RabbitMQ, with the relay
//! that fills it from the outbox (server). Each hands over arrivals, with a receipt for each.

pub(crate) mod arrival;
pub(crate) mod event_types;
pub(crate) mod outbox;
pub(crate) mod rabbit;

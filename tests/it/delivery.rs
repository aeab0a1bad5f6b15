//! What feeds send, and what follows from the answers: seen from a real receiver.

mod edges;
mod fields;
mod guard;
mod isolation;
mod matrix;
mod outcomes;
mod requests;
mod routing;
mod signature;
mod slow_lists;
mod ssrf;

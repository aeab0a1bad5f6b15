//! What feeds send, and what follows from the answers: seen from a real receiver.

mod fields;
mod guard;
mod isolation;
mod outcomes;
mod requests;
mod routing;
mod signature;

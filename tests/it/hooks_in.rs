//! POST /hooks/in/{token}: the public intake, as external apps use it.

mod addresses;
mod belonging;
mod bodies;
mod forms;
mod limits;
mod log;
mod names;
mod people;
mod preview;
mod refusals;
mod rotation;
mod verification;

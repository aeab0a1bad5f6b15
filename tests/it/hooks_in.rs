//! POST /hooks/in/{token}: the public intake, as external apps use it.

mod addresses;
mod belonging;
mod bodies;
mod forms;
mod names;
mod people;
mod refusals;
mod verification;

//! POST /hooks/in/{token}: the public intake, as external apps use it.

mod forms;
mod limits;
mod log;
mod people;
mod preview;
mod refusals;
mod rotation;
mod verification;

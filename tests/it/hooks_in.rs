//! POST /hooks/in/{token}: the public intake, as external apps use it.

mod forms;
mod people;
mod refusals;
mod verification;

//! What handlers name in their signatures: each argument reads and checks one part of a request, and
//! its failure is a problem document.

mod auth;
pub(crate) mod body;
mod finish;
mod guest;
pub(crate) mod idempotency;
mod if_match;
mod json;
mod json_error;
mod listing;
mod optimistic;
pub(crate) mod patch;
mod path_id;
mod query;
mod source_address;

pub(crate) use auth::{Caller, identify, scope};
pub(crate) use finish::layer as finish_layer;
pub(crate) use guest::Guest;
pub(crate) use if_match::IfMatch;
pub(crate) use json::{Json, OptionalJson};
pub(crate) use listing::{Listing, MAX_PAGE, PAGE};
pub(crate) use optimistic::{optimistic, until_undisturbed};
pub(crate) use patch::Patch;
pub(crate) use path_id::PathId;
pub(crate) use source_address::source_address;

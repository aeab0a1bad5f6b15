//! The public intake: what a call of an incoming webhook sends, and what it does.
//!
//! Forms, multipart forms and JSON objects come down to one [`Sent`], and that to the fields that
//! [`domain::incoming`] knows.

mod body;
mod call;
#[cfg(test)]
mod fuzz;
mod masked;
mod multipart;
mod plan;
mod preview;
mod sent;
mod urlencoded;
mod verify;

pub(crate) use body::{parse, read};
pub(crate) use call::{Received, log_refused, run};
pub(crate) use preview::{Preview, preview};
pub(crate) use sent::Sent;
pub(crate) use verify::{delivery_id, verify};

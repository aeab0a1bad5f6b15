//! The intake: calls of incoming webhooks, from their bytes to what they do. Nothing but the first
//! steps of a call ([`IncomingCall`]) knows HTTP, so that whatever has a payload can run one.

mod body;
mod call;
#[cfg(test)]
mod fuzz;
mod limits;
mod masked;
mod multipart;
mod payload;
mod plan;
mod preview;
mod urlencoded;

pub(crate) use body::{check_signed, parse, read};
pub(crate) use call::{CallResult, IncomingCall};
pub(crate) use preview::{Preview, preview};

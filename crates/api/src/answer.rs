//! Answers that tell of success: their status and headers follow from what a handler returns.

mod created;
mod etag;
mod list;

pub(crate) use created::{Created, OnceOnly};
pub(crate) use etag::{ETag, Resource};
pub(crate) use list::List;

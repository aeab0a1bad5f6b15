//! The public intake: what a call of an incoming webhook sends, and what it does.
//!
//! Forms, multipart forms and JSON objects come down to one [`Sent`], and that to the fields that [`domain::incoming`] knows.

mod body;
mod masked;
mod multipart;
mod sent;
mod urlencoded;

pub use body::{BodyError, read};
pub use sent::{FieldMap, Sent};

/// How much a call may send.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of the whole body.
    pub body_bytes: usize,
    /// Most parts of a multipart form.
    pub parts: usize,
    /// Most bytes of a field that we know.
    pub field_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 256 * 1024, parts: 64, field_bytes: 8 * 1024 }
    }
}

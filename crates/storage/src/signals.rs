//! What one part of a process tells another after a commit, and how other processes hear of it.

pub mod doorbell;
pub(crate) mod signal;

//! What all formats of a call's body are measured by.

use crate::{Code, Problem};

/// 413 for more fields than `intake.max_fields`.
pub(super) fn too_many_fields(max: usize) -> Problem {
    Problem::new(Code::TooLarge).detail(format!("A call may have at most {max} fields."))
}

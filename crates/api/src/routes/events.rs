//! `/v1/events`.

pub(crate) mod batch;
pub(crate) mod create;
mod input;
pub(crate) mod list;
pub(crate) mod read;

use domain::FieldError;

use crate::{Code, Problem};

/// The refusal of events whose ids belong to others.
fn id_reused(errors: Vec<FieldError>) -> Problem {
    Problem::new(Code::EventIdReused).at(errors)
}

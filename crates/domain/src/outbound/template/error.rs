//! What can be wrong with a template.

use super::limits::{MAX_NESTING, MAX_OPERATORS, MAX_SOURCE, MAX_TOKENS, MAX_VALUE};

/// What is wrong with a template, or with its rendering. The text quotes the template, never the
/// event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("The text is longer than {MAX_SOURCE} bytes.")]
    TooLong,
    #[error("Cannot be read: {0}.")]
    Syntax(String),
    #[error("Unknown name \"{0}\"; an expression begins with id, type, timestamp or data.")]
    UnknownName(String),
    #[error("Unknown filter \"{0}\".")]
    UnknownFilter(String),
    #[error("Unknown test \"{0}\".")]
    UnknownTest(String),
    #[error("{0}")]
    NotAvailable(&'static str),
    #[error("{0}")]
    InvalidArgument(String),
    #[error(
        "Too complex: an expression may have at most {} parts, {} levels of brackets, and {} filters and joining operators.",
        MAX_TOKENS,
        MAX_NESTING,
        MAX_OPERATORS
    )]
    TooComplex,
    #[error("The value is longer than {MAX_VALUE} bytes.")]
    ValueTooLong,
    #[error(
        "Costs too much to compute for this event: all fields together, and a condition, have a budget. Use fewer or simpler expressions, or shorter lists and texts."
    )]
    TooMuchWork,
    #[error("Cannot be computed ({reason}): {{{{ {expression} }}}}")]
    Failed {
        expression: String,
        /// The kind of failure, in minijinja's words.
        reason: String,
    },
}

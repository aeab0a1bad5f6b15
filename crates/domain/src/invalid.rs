//! What is wrong with an input, field by field.

use serde::Serialize;

/// One field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or a form field's or query parameter's name.
    pub pointer: String,
    /// Stable, snake_case.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
}

/// The problems of an input, all that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("{} invalid field(s)", .0.len())]
pub struct Invalid(pub Vec<FieldError>);

impl Invalid {
    /// A single problem.
    pub fn one(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let mut invalid = Self::default();
        invalid.push(pointer, code, detail);
        invalid
    }

    /// Notes a further problem.
    pub fn push(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        self.0.push(FieldError {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        });
    }

    /// Keeps the value of a good result and notes the problem of a bad one.
    pub fn take<T>(&mut self, result: Result<T, Invalid>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(other) => {
                self.0.extend(other.0);
                None
            }
        }
    }

    /// Both values, or the problems of both.
    ///
    /// # Errors
    /// All problems of the two.
    pub fn both<A, B>(first: Result<A, Self>, second: Result<B, Self>) -> Result<(A, B), Self> {
        let mut invalid = Self::default();
        match (invalid.take(first), invalid.take(second)) {
            (Some(first), Some(second)) => Ok((first, second)),
            _ => Err(invalid),
        }
    }

    /// The same problems, with other pointers.
    #[must_use]
    pub fn moved(mut self, to: impl Fn(&str) -> String) -> Self {
        self.0
            .iter_mut()
            .for_each(|error| error.pointer = to(&error.pointer));
        self
    }

    /// All problems in one line, for readers that have no use for codes.
    pub fn sentences(&self) -> String {
        let sentences: Vec<_> = self
            .0
            .iter()
            .map(|error| match error.pointer.as_str() {
                "" => error.detail.clone(),
                pointer => format!("{pointer}: {}", error.detail),
            })
            .collect();
        sentences.join(" ")
    }

    /// `value` when nothing was wrong.
    ///
    /// # Errors
    /// All problems that were noted.
    pub fn or<T>(self, value: T) -> Result<T, Invalid> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

//! Values of selected fields, and conditions: text with `{{ expressions }}` in it (minijinja's, a
//! dialect of Jinja2).
//!
//! An expression sees the envelope: `id`, `type`, `timestamp`, `data`. It may use paths, literals,
//! comparisons, `and`/`or`/`not`/`in`, `a if b else c`, `~`, `+`, `-`, `/`, `//`, `%`, slices, the
//! filters of [`filters`] and the tests of [`engine`]. There are no statements (`{% … %}`), calls,
//! includes or multiplication, so that what a template costs is bounded by its length and its data.
//! What an event brings is data: braces in it are never read as a template.
//!
//! A lone path gives the event's value exactly, digits included. Null and missing are the same to
//! an expression, and null passes through filters; `|default(…)` replaces it.

mod condition;
mod context;
mod engine;
mod filters;
mod paths;
mod scan;
mod token;
mod value;

use std::{borrow::Cow, fmt, sync::Arc};

use minijinja::Expression;

pub use condition::Condition;
pub use context::Context;

use crate::json::{Json, Path};
use scan::Piece;

/// Most bytes of a template's or condition's text.
pub const MAX_SOURCE: usize = 4 * 1024;
/// Most bytes of a computed value, and of any text or list that an expression touches. (A lone path
/// copies values of any size.)
pub const MAX_VALUE: usize = 64 * 1024;

/// The names that an expression can begin with.
const ROOTS: &[&str] = &["id", "type", "timestamp", "data"];

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
        "Too complex: an expression has at most {} parts, {} brackets in one another, and {} filters and operators that join.",
        scan::MAX_TOKENS,
        scan::MAX_NESTING,
        scan::MAX_OPERATORS
    )]
    TooComplex,
    #[error("The value is longer than {MAX_VALUE} bytes.")]
    ValueTooLong,
    #[error("Cannot be computed ({reason}): {{{{ {expression} }}}}")]
    Failed {
        expression: String,
        /// The kind of failure, in minijinja's words.
        reason: String,
    },
}

/// The template of one value, read and checked.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    parts: Arc<[Part]>,
}

enum Part {
    Text(Box<str>),
    Code(Code),
}

/// One expression.
enum Code {
    /// Only a path: looked up in the event itself, so that nothing is lost.
    Path(Path),
    Computed(Expression<'static, 'static>, Box<str>),
}

impl Template {
    /// Reads a template: text, one lone `{{ expression }}`, or expressions between texts.
    ///
    /// # Errors
    /// Anything but [`TemplateError::ValueTooLong`] and [`TemplateError::Failed`].
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::TooLong);
        }
        let parts = scan::split(source)?.into_iter().map(|piece| match piece {
            Piece::Text(text) => Ok(Part::Text(text.into())),
            Piece::Code(code) => Ok(Part::Code(Code::parse(code)?)),
        });
        Ok(Self {
            source: source.into(),
            parts: parts.collect::<Result<_, TemplateError>>()?,
        })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value for one event. A lone expression keeps its JSON type, null when the path is
    /// missing; with text around it, it becomes part of a string, in which null is empty and lists
    /// and objects are JSON.
    ///
    /// # Errors
    /// [`TemplateError::ValueTooLong`] or [`TemplateError::Failed`].
    pub fn render<'c>(&self, context: &'c Context) -> Result<Cow<'c, Json>, TemplateError> {
        if let [Part::Code(code)] = &*self.parts {
            return code.evaluate(context);
        }
        let mut text = String::new();
        for part in &*self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Code(code) => match &*code.evaluate(context)? {
                    Json::Null => {}
                    Json::String(value) => text.push_str(value),
                    value => value.write(&mut text),
                },
            }
            if text.len() > MAX_VALUE {
                return Err(TemplateError::ValueTooLong);
            }
        }
        Ok(Cow::Owned(Json::String(text)))
    }
}

impl Template {
    /// The paths that its expressions name.
    pub fn paths(&self) -> Vec<Path> {
        let of = |part: &Part| match part {
            Part::Text(_) => Vec::new(),
            Part::Code(Code::Path(path)) => vec![path.clone()],
            Part::Code(Code::Computed(_, source)) => paths::paths(source),
        };
        self.parts.iter().flat_map(of).collect()
    }
}

impl Code {
    fn parse(code: &str) -> Result<Self, TemplateError> {
        match Path::parse(code).filter(|path| ROOTS.contains(&path.root())) {
            Some(path) => Ok(Self::Path(path)),
            None => Ok(Self::Computed(engine::compile(code)?, code.trim().into())),
        }
    }

    fn evaluate<'c>(&self, context: &'c Context) -> Result<Cow<'c, Json>, TemplateError> {
        match self {
            Self::Path(path) => Ok(context
                .json()
                .at(path)
                .map_or(Cow::Owned(Json::Null), Cow::Borrowed)),
            Self::Computed(expression, source) => {
                let value = engine::evaluate(expression, source, context)?;
                value::to_json(&value, source).map(Cow::Owned)
            }
        }
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.source).finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

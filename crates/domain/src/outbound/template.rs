//! Values of selected fields, and conditions: text with `{{ expressions }}` in it (minijinja's, a
//! dialect of Jinja2).
//!
//! An expression sees the envelope: `id`, `type`, `timestamp`, `data`. It may use paths, literals,
//! comparisons, `and`/`or`/`not`/`in`, `a if b else c`, `~`, `+`, `-`, `/`, `//`, `%`, slices, the
//! filters of [`filters`] and the tests of [`predicates`]. There are no statements (`{% … %}`), calls,
//! includes or multiplication, so that what a template costs is bounded by its length and its data; and
//! all templates of one body have one [`Rendering`], which has a budget.
//! What an event brings is data: braces in it are never read as a template.
//!
//! A lone path gives the event's value exactly, digits included. Null and missing are the same to
//! an expression, and null passes through filters; `|default(…)` replaces it.

mod budget;
mod condition;
mod context;
mod engine;
mod error;
mod expression;
mod filters;
mod limits;
mod paths;
mod placeholder;
mod predicates;
mod rendering;
mod scan;
mod token;
mod value;

use std::{borrow::Cow, fmt, sync::Arc};

pub use condition::Condition;
pub use context::Context;
pub use error::TemplateError;
pub use limits::{MAX_SOURCE, MAX_VALUE};
pub use rendering::Rendering;

use crate::json::{ExactJson, FieldPath};
use placeholder::Placeholder;
use scan::Piece;

/// The names that an expression can begin with.
const ROOTS: &[&str] = &["id", "type", "timestamp", "data"];

/// The template of one value, read and checked.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    pieces: Arc<[CompiledPiece]>,
}

enum CompiledPiece {
    Text(Box<str>),
    Placeholder(Placeholder),
}

impl Template {
    /// Reads a template: text, one lone `{{ expression }}`, or expressions between texts.
    ///
    /// # Errors
    /// Anything but what can be wrong with a rendering.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::TooLong);
        }
        let pieces = scan::split(source)?.into_iter().map(|piece| match piece {
            Piece::Text(text) => Ok(CompiledPiece::Text(text.into())),
            Piece::Expression(code) => Ok(CompiledPiece::Placeholder(Placeholder::parse(code)?)),
        });
        Ok(Self {
            source: source.into(),
            pieces: pieces.collect::<Result<_, TemplateError>>()?,
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
    /// [`TemplateError::ValueTooLong`], [`TemplateError::Failed`] or
    /// [`TemplateError::TooMuchWork`].
    pub fn render<'c>(
        &self,
        rendering: &Rendering<'c>,
    ) -> Result<Cow<'c, ExactJson>, TemplateError> {
        if let [CompiledPiece::Placeholder(placeholder)] = &*self.pieces {
            return placeholder.evaluate(rendering);
        }
        let mut text = String::new();
        for piece in &*self.pieces {
            let before = text.len();
            match piece {
                CompiledPiece::Text(literal) => text.push_str(literal),
                CompiledPiece::Placeholder(placeholder) => {
                    match &*placeholder.evaluate(rendering)? {
                        ExactJson::Null => {}
                        ExactJson::String(value) => text.push_str(value),
                        value => value.write(&mut text),
                    }
                }
            }
            rendering.spend(budget::steps(text.len() - before))?;
            if text.len() > MAX_VALUE {
                return Err(TemplateError::ValueTooLong);
            }
        }
        Ok(Cow::Owned(ExactJson::String(text)))
    }
}

impl Template {
    /// The paths that its expressions name.
    pub fn paths(&self) -> Vec<FieldPath> {
        let of = |piece: &CompiledPiece| match piece {
            CompiledPiece::Text(_) => Vec::new(),
            CompiledPiece::Placeholder(placeholder) => placeholder.paths(),
        };
        self.pieces.iter().flat_map(of).collect()
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

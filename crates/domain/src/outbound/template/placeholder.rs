//! One `{{ expression }}` of a template.

use std::borrow::Cow;

use minijinja::Expression;

use super::{ROOTS, context::Context, engine, error::TemplateError, paths, value};
use crate::json::{ExactJson, FieldPath};

/// What stands for a value of the event.
pub(super) enum Placeholder {
    /// Only a path: looked up in the event itself, so that nothing is lost.
    Path(FieldPath),
    /// Anything else, with its text.
    Computed(Expression<'static, 'static>, Box<str>),
}

impl Placeholder {
    pub(super) fn parse(code: &str) -> Result<Self, TemplateError> {
        match FieldPath::parse(code).filter(|path| ROOTS.contains(&path.root())) {
            Some(path) => Ok(Self::Path(path)),
            None => Ok(Self::Computed(engine::compile(code)?, code.trim().into())),
        }
    }

    /// The paths that it names.
    pub(super) fn paths(&self) -> Vec<FieldPath> {
        match self {
            Self::Path(path) => vec![path.clone()],
            Self::Computed(_, source) => paths::paths(source),
        }
    }

    pub(super) fn evaluate<'c>(
        &self,
        context: &'c Context,
    ) -> Result<Cow<'c, ExactJson>, TemplateError> {
        match self {
            Self::Path(path) => Ok(context
                .json()
                .at(path)
                .map_or(Cow::Owned(ExactJson::Null), Cow::Borrowed)),
            Self::Computed(expression, source) => {
                let value = engine::evaluate(expression, source, context)?;
                value::to_json(&value, source).map(Cow::Owned)
            }
        }
    }
}

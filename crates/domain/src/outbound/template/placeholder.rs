//! One `{{ expression }}` of a template.

use std::borrow::Cow;

use super::{ROOTS, error::TemplateError, expression::Computed, rendering::Rendering, value};
use crate::json::{ExactJson, FieldPath};

/// What stands for a value of the event.
pub(super) enum Placeholder {
    /// Only a path: looked up in the event itself, so that nothing is lost.
    Path(FieldPath),
    /// Anything else.
    Computed(Computed),
}

impl Placeholder {
    pub(super) fn parse(code: &str) -> Result<Self, TemplateError> {
        match FieldPath::parse(code).filter(|path| ROOTS.contains(&path.root())) {
            Some(path) => Ok(Self::Path(path)),
            None => Computed::parse(code).map(Self::Computed),
        }
    }

    /// The paths that it names.
    pub(super) fn paths(&self) -> Vec<FieldPath> {
        match self {
            Self::Path(path) => vec![path.clone()],
            Self::Computed(computed) => computed.paths().to_vec(),
        }
    }

    pub(super) fn evaluate<'c>(
        &self,
        rendering: &Rendering<'c>,
    ) -> Result<Cow<'c, ExactJson>, TemplateError> {
        match self {
            Self::Path(path) => {
                rendering.spend(1)?;
                Ok(rendering
                    .json()
                    .at(path)
                    .map_or(Cow::Owned(ExactJson::Null), Cow::Borrowed))
            }
            Self::Computed(computed) => {
                let value = computed.evaluate(rendering)?;
                value::to_json(&value, computed.source()).map(Cow::Owned)
            }
        }
    }
}

//! An expression that is computed, with what decides its cost.

use minijinja::Value;

use super::{
    budget, engine,
    error::TemplateError,
    paths,
    rendering::Rendering,
    token::{ExpressionToken, tokens},
};
use crate::json::FieldPath;

/// What an evaluation costs beside the bytes of its text.
const BASE: u64 = 64;

/// An expression, read and checked.
pub(super) struct Computed {
    expression: minijinja::Expression<'static, 'static>,
    source: Box<str>,
    paths: Vec<FieldPath>,
    /// How often operators may look at all that it names: joining, comparing, slicing.
    passes: u64,
}

impl Computed {
    pub(super) fn parse(code: &str) -> Result<Self, TemplateError> {
        let passes = tokens(code).filter(|token| match token {
            Ok((_, ExpressionToken::Sign(sign))) => "~+=!<>:".contains(*sign),
            Ok((_, ExpressionToken::Word(word))) => *word == "in",
            _ => false,
        });
        Ok(Self {
            expression: engine::compile(code)?,
            source: code.trim().into(),
            paths: paths::paths(code),
            passes: budget::steps(passes.count()),
        })
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn paths(&self) -> &[FieldPath] {
        &self.paths
    }

    /// Filters and tests are charged when they run, all else before.
    pub(super) fn evaluate(&self, rendering: &Rendering<'_>) -> Result<Value, TemplateError> {
        let length = budget::steps(self.source.len());
        rendering.spend(BASE + length)?;
        if self.passes > 0 {
            let named = budget::of_paths(&self.paths, rendering.json());
            rendering.spend(named.saturating_add(length).saturating_mul(self.passes))?;
        }
        engine::evaluate(&self.expression, &self.source, rendering)
    }
}

//! One rendering: an event, and what is left to spend on it.

use std::sync::{Arc, OnceLock};

use minijinja::Value;

use super::{
    ROOTS,
    budget::{self, Budget},
    context::Context,
    error::TemplateError,
};
use crate::json::ExactJson;

/// What the templates of one body, or one condition, are evaluated with. All that use the same one
/// share its budget.
#[derive(Debug)]
pub struct Rendering<'c> {
    context: &'c Context,
    budget: Arc<Budget>,
    /// The envelope with the budget, for minijinja; made when the first expression needs it.
    value: OnceLock<Value>,
}

impl<'c> Rendering<'c> {
    /// A rendering with a whole budget.
    pub fn of(context: &'c Context) -> Self {
        Self {
            context,
            budget: Arc::default(),
            value: OnceLock::new(),
        }
    }

    pub(super) fn json(&self) -> &'c ExactJson {
        self.context.json()
    }

    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| {
            let envelope = self.context.value();
            let root = |name: &&'static str| (*name, envelope.get_attr(name).unwrap_or_default());
            let budget = Value::from_dyn_object(self.budget.clone());
            let budget = std::iter::once((budget::NAME, budget));
            Value::from_pairs(ROOTS.iter().map(root).chain(budget))
        })
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&self, steps: u64) -> Result<(), TemplateError> {
        if self.budget.take(steps) {
            Ok(())
        } else {
            Err(TemplateError::TooMuchWork)
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.budget.left() == 0
    }
}

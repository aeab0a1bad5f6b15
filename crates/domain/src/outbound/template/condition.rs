//! Conditions: one expression that decides whether a feed gets an event.

use std::{fmt, sync::Arc};

use super::{
    context::Context, error::TemplateError, expression::Computed, limits::MAX_SOURCE,
    rendering::Rendering,
};
use crate::json::FieldPath;

/// A condition, read and checked: `data.order.currency == 'EUR'`, without braces.
#[derive(Clone)]
pub struct Condition {
    source: Arc<str>,
    expression: Arc<Computed>,
}

impl Condition {
    /// Reads a condition in the language of templates.
    ///
    /// # Errors
    /// Anything but what can be wrong with a rendering.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::TooLong);
        }
        Ok(Self {
            expression: Arc::new(Computed::parse(source)?),
            source: source.into(),
        })
    }

    /// The text that it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The paths that it names.
    pub fn paths(&self) -> Vec<FieldPath> {
        self.expression.paths().to_vec()
    }

    /// Whether it holds for an event. Null, missing, `false`, `0` and what is empty do not hold,
    /// everything else does. A missing value equals nothing and is less than everything.
    ///
    /// # Errors
    /// [`TemplateError::Failed`], for instance when a text is subtracted, or
    /// [`TemplateError::TooMuchWork`].
    pub fn evaluate(&self, context: &Context) -> Result<bool, TemplateError> {
        let value = self.expression.evaluate(&Rendering::of(context))?;
        Ok(value.is_true())
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::ExactJson;

    fn holds(condition: &str) -> Result<bool, TemplateError> {
        let json = br#"{"id":"evt_1","type":"order.paid","timestamp":"2026-03-14T08:05:12Z","data":{
            "order":{"currency":"EUR","total":7485,"rate":1.5,"big":9007199254740993,"note":null,"test":false,"tags":["a","b"]},
            "customer":{"email":"ines@example.org"},"empty":{},"none":[]}}"#;
        Condition::parse(condition)?.evaluate(&Context::new(ExactJson::parse(json).unwrap()))
    }

    #[test]
    fn conditions_hold_or_not() {
        for (condition, expected) in [
            ("data.order.currency == 'EUR'", true),
            ("data.order.currency == \"USD\"", false),
            ("data.order.currency != 'USD'", true),
            ("data.order.currency in ['EUR', 'CHF']", true),
            ("data.order.currency not in ['EUR', 'CHF']", false),
            ("'@example.org' in data.customer.email", true),
            ("data.order.total > 7000 and data.order.total <= 7485", true),
            ("data.order.total / 100 > 74.8", true),
            ("data.order.total % 5 == 0 or false", true),
            ("not data.order.test", true),
            ("data.order.rate == 1.5", true),
            ("data.order.big == 9007199254740993", true),
            ("data.order.big == 9007199254740992", false),
            ("type == 'order.paid' and (id or timestamp)", true),
            ("type is startingwith 'order.'", true),
            ("'a' in data.order.tags", true),
            ("data.order.tags|length == 2", true),
            ("data.order.tags.1 == 'b'", true),
            ("data.customer.email|upper == 'INES@EXAMPLE.ORG'", true),
            ("data.order", true),
            ("data.empty or data.none", false),
            ("data.order.total is number", true),
            // Missing and null are the same, and nothing fails on them.
            ("data.order.note", false),
            ("data.order.note is none", true),
            ("data.nothing.at.all is none", true),
            ("data.nothing is defined", false),
            ("data.order.note.deeper == 'x'", false),
            ("data.nothing == 'x'", false),
            ("data.nothing != 'x'", true),
            ("data.nothing > 5", false),
            ("data.nothing|length > 5", false),
            ("'x' in data.nothing", false),
            ("data.nothing|default(3) == 3", true),
        ] {
            assert_eq!(holds(condition), Ok(expected), "{condition}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for condition in [
            "",
            " ",
            "data.",
            "{{ data.x }}",
            "data.x = 1",
            "data.x ==",
            "data.x == 'a",
            "a b",
            "data.x)",
            "order.x",
            "{% if x %}",
        ] {
            assert!(holds(condition).is_err(), "{condition}");
        }
        assert!(matches!(
            holds("data.order.currency - 1"),
            Err(TemplateError::Failed { .. })
        ));
    }
}

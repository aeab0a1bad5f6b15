//! `anyOf` and `oneOf` that say only whether they hold. The library's tell for each alternative
//! why it does not: as many errors as the schema has parts, for each value of the event.

use jsonschema::{Keyword, ValidationError, Validator, paths::Location};
use serde_json::{Map, Value};

use super::validator;

struct Alternatives {
    schemas: Vec<Validator>,
    /// `oneOf`: exactly one has to hold.
    one: bool,
}

impl<'i> Keyword<'i> for Alternatives {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, instance) {
            return Ok(());
        }
        Err(ValidationError::custom(if self.one {
            "not exactly one of the alternatives holds"
        } else {
            "none of the alternatives holds"
        }))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let mut holding = self
            .schemas
            .iter()
            .filter(|schema| schema.is_valid(instance));
        holding.next().is_some() && !(self.one && holding.next().is_some())
    }
}

/// What the library makes of `anyOf`.
pub(super) fn any<'a>(
    _: &'a Map<String, Value>,
    schemas: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    compile(schemas, false)
}

/// What the library makes of `oneOf`.
pub(super) fn one<'a>(
    _: &'a Map<String, Value>,
    schemas: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    compile(schemas, true)
}

fn compile(
    schemas: &Value,
    one: bool,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'_>> {
    let schemas = schemas
        .as_array()
        .ok_or_else(|| ValidationError::custom("must be a list of schemas"))?
        .iter()
        .map(validator)
        .collect::<Result<_, _>>()?;
    Ok(Box::new(Alternatives { schemas, one }))
}

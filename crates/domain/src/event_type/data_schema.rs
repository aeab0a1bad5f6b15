//! JSON Schemas (draft 2020-12) of the data of custom event types, compiled and bounded.

mod alternatives;
mod expand;
mod patterns;
mod weight;

use jsonschema::{Draft, ValidationError, Validator, draft202012};
use serde_json::Value;

use crate::Invalid;
use weight::Weight;

/// Most problems that are told of one event.
const MAX_PROBLEMS: usize = 20;
/// Longest text of one problem, and of its pointer.
const MAX_TEXT: usize = 200;
/// What checking one event may cost: parts of the schema × values of the event.
const MAX_WORK: usize = 5_000_000;
/// Likewise for regular expressions and formats: how many × bytes of text.
const MAX_SCANNED: usize = 4 * 1024 * 1024;
/// Memory that the problems of one event may take before most of them are left out. When it could
/// be more, only the first problem is looked for.
const MAX_MEMORY: usize = 32 * 1024 * 1024;

/// A schema that was read and checked.
#[derive(Debug)]
pub struct DataSchema {
    validator: Validator,
    /// The values of the schema with its references put in, lists of an `enum` included.
    parts: usize,
    /// How often a text may be read from one end to the other.
    scans: usize,
}

impl DataSchema {
    /// Compiles a schema; `pointer` is where it stands. It may refer to itself only (`#/…`), and
    /// not recursively, so that an event costs a bounded time.
    ///
    /// # Errors
    /// `invalid_schema` and what [`expand`] refuses, with a pointer into the schema.
    pub fn compile(schema: &Value, pointer: &str) -> Result<Self, Invalid> {
        let expanded = expand::expand(schema, pointer)?;
        let invalid = |place: &str, error: &ValidationError<'_>| {
            let at = cut(&format!("{pointer}{place}"));
            let detail = cut(&format!("Not a JSON Schema: {}.", error.masked()));
            Invalid::one(at, "invalid_schema", detail)
        };
        draft202012::meta::validate(schema)
            .map_err(|error| invalid(error.instance_path().as_str(), &error))?;
        Ok(Self {
            // What is wrong now is where a reference leads, outside of all that are schemas.
            validator: validator(&expanded).map_err(|error| invalid("", &error))?,
            parts: Weight::of(&expanded).nodes,
            scans: scans(&expanded),
        })
    }

    /// Checks data; `pointer` is where they stand.
    ///
    /// # Errors
    /// The first problems, without the values that cause them; `too_complex` for data that are too
    /// large to be checked against this schema.
    pub fn check(&self, data: &Value, pointer: &str) -> Result<(), Invalid> {
        let weight = Weight::of(data);
        if self.parts.saturating_mul(weight.nodes) > MAX_WORK
            || self.scans.saturating_mul(weight.text) > MAX_SCANNED
        {
            let detail =
                "Too large for the schema of its type: send fewer values, or simplify the schema.";
            return Err(Invalid::one(pointer, "too_complex", detail));
        }
        if self.validator.is_valid(data) {
            return Ok(());
        }
        let mut invalid = Invalid::default();
        let mut add = |error: ValidationError<'_>| {
            let at = cut(&format!("{pointer}{}", error.instance_path()));
            invalid.push(at, "schema_mismatch", detail(&error));
        };
        if self.most_memory(weight) <= MAX_MEMORY {
            self.validator
                .iter_errors(data)
                .take(MAX_PROBLEMS)
                .for_each(&mut add);
        } else {
            self.validator
                .validate(data)
                .err()
                .into_iter()
                .for_each(&mut add);
        }
        Err(invalid)
    }

    /// The same for data that were not read yet.
    ///
    /// # Errors
    /// As [`DataSchema::check`], and `number_out_of_range` for numbers that no check can
    /// understand.
    pub fn check_bytes(&self, data: &[u8], pointer: &str) -> Result<(), Invalid> {
        match serde_json::from_slice(data) {
            Ok(data) => self.check(&data, pointer),
            Err(_) => {
                let detail = "Has a number that cannot be checked against the schema of its type.";
                Err(Invalid::one(pointer, "number_out_of_range", detail))
            }
        }
    }

    /// What all problems together can take at most: the library makes all of them before it tells
    /// the first. Each says where it is, and may list the names that are wrong there.
    fn most_memory(&self, Weight { nodes, text, place }: Weight) -> usize {
        self.parts
            .saturating_mul(nodes.saturating_mul(place).saturating_add(text))
    }
}

/// Compiles a schema without references.
fn validator(expanded: &Value) -> Result<Validator, ValidationError<'static>> {
    Validator::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(patterns::options())
        .with_keyword("anyOf", alternatives::any)
        .with_keyword("oneOf", alternatives::one)
        .offline()
        .build(expanded)
}

/// How many keywords of a schema read a text.
fn scans(schema: &Value) -> usize {
    match schema {
        Value::Object(members) => {
            let reads = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("pattern" | "format", _) => 1,
                ("patternProperties", Value::Object(patterns)) => patterns.len() + scans(value),
                _ => scans(value),
            };
            members.iter().map(reads).sum()
        }
        Value::Array(items) => items.iter().map(scans).sum(),
        _ => 0,
    }
}

fn detail(error: &ValidationError<'_>) -> String {
    cut(&format!(
        "Breaks \"{}\" of the schema: {}.",
        error.kind().keyword(),
        error.masked()
    ))
}

/// At most [`MAX_TEXT`] characters of a text.
fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(MAX_TEXT).collect();
    shown.extend(chars.next().map(|_| '…'));
    shown
}

#[cfg(test)]
mod tests;

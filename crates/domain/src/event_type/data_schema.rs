//! JSON Schemas of the data of custom event types, compiled and bounded.

mod limits;

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::Invalid;

/// Most problems that are told of one event.
const MAX_PROBLEMS: usize = 20;
/// Longest text of one problem, and of its pointer.
const MAX_TEXT: usize = 200;
/// Bytes of a compiled regular expression. Matching takes time in proportion to the text:
/// look-around and back references are not available.
const MAX_REGEX: usize = 256 * 1024;

/// A schema that was read and checked.
#[derive(Debug)]
pub struct DataSchema(Validator);

impl DataSchema {
    /// Compiles a schema; `pointer` is where it stands. It may refer to itself only (`#/…`), and
    /// not recursively, so that an event costs a bounded time.
    ///
    /// # Errors
    /// `invalid_schema` and what [`limits`] refuses, with a pointer into the schema.
    pub fn compile(schema: &Value, pointer: &str) -> Result<Self, Invalid> {
        limits::check(schema, pointer)?;
        let patterns = PatternOptions::regex()
            .size_limit(MAX_REGEX)
            .dfa_size_limit(MAX_REGEX);
        let options = Validator::options()
            .should_validate_formats(true)
            .with_pattern_options(patterns)
            .offline();
        options.build(schema).map(Self).map_err(|error| {
            let at = format!("{pointer}{}", error.instance_path());
            Invalid::one(
                cut(&at),
                "invalid_schema",
                cut(&format!("Not a JSON Schema: {}.", error.masked())),
            )
        })
    }

    /// Checks data; `pointer` is where they stand.
    ///
    /// # Errors
    /// The first problems, without the values that cause them.
    pub fn check(&self, data: &Value, pointer: &str) -> Result<(), Invalid> {
        let mut invalid = Invalid::default();
        for error in self.0.iter_errors(data).take(MAX_PROBLEMS) {
            invalid.push(
                cut(&format!("{pointer}{}", error.instance_path())),
                "schema_mismatch",
                detail(&error),
            );
        }
        invalid.or(())
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

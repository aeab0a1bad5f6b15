//! Event types that are registered through the API.

use serde_json::Value;

use super::{DataSchema, builtin, canonical, fields, is_type_name};
use crate::{Invalid, text};

/// Most bytes of an example, levels of it, and fields that can be listed of it.
const MAX_EXAMPLE: usize = 64 * 1024;
const MAX_DEPTH: usize = 32;
const MAX_FIELDS: usize = 500;

/// Everything about a custom event type that its owner can say.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomSpec {
    pub name: String,
    pub label: String,
    pub group: String,
    pub description: Option<String>,
    /// A JSON Schema of the data.
    pub schema: Option<Value>,
    /// An example of the data; the list of fields comes from it.
    pub example: Value,
}

impl CustomSpec {
    /// Checks everything but whether the name is taken by another custom type.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(mut self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if !is_type_name(&self.name) {
            invalid.push(
                "/name",
                "invalid_type",
                "Use 1 to 100 characters: words of a-z, 0-9, _ and -, joined by dots.",
            );
        } else if builtin(canonical(&self.name)).is_some() {
            invalid.push(
                "/name",
                "built_in_event_type",
                "A built-in event type has this name or alias.",
            );
        }
        for (pointer, text) in [("/label", &mut self.label), ("/group", &mut self.group)] {
            if let Some(line) = invalid.take(text::title(pointer, text)) {
                *text = line;
            }
        }
        if let Some(description) = &self.description {
            self.description = invalid
                .take(text::paragraph("/description", description, 2_000))
                .filter(|text| !text.is_empty());
        }
        let example = invalid.take(check_example(&self.example));
        let schema = self
            .schema
            .as_ref()
            .map(|schema| DataSchema::compile(schema, "/schema"));
        if let (Some(schema), Some(())) = (schema.and_then(|schema| invalid.take(schema)), example)
        {
            invalid.take(schema.check(&self.example, "/example"));
        }
        invalid.or(self)
    }
}

fn check_example(example: &Value) -> Result<(), Invalid> {
    let (code, detail) = if !example.is_object() {
        ("not_an_object", "Must be a JSON object.".to_owned())
    } else if example.to_string().len() > MAX_EXAMPLE {
        ("too_large", "Must be at most 64 KiB.".to_owned())
    } else if !nests_within(example, MAX_DEPTH) {
        (
            "too_deep",
            format!("Must not be nested deeper than {MAX_DEPTH} levels."),
        )
    } else if fields::count(example) > MAX_FIELDS {
        (
            "too_many",
            format!("Must have at most {MAX_FIELDS} fields."),
        )
    } else {
        return Ok(());
    };
    Err(Invalid::one("/example", code, detail))
}

fn nests_within(value: &Value, levels: usize) -> bool {
    let deeper = |value: &Value| {
        levels
            .checked_sub(1)
            .is_some_and(|levels| nests_within(value, levels))
    };
    match value {
        Value::Object(map) => map.values().all(deeper),
        Value::Array(items) => items.iter().all(deeper),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec() -> CustomSpec {
        let text = str::to_owned;
        CustomSpec {
            name: text("booking.made"),
            label: text(" Booking Made "),
            group: text("Bookings"),
            description: Some(text(" ")),
            schema: None,
            example: json!({"booking": {"id": 7}}),
        }
    }

    #[test]
    fn texts_are_cleaned() {
        let spec = spec().check().unwrap();
        assert_eq!(
            (spec.label.as_str(), spec.description),
            ("Booking Made", None)
        );
    }

    #[test]
    fn names_of_the_catalogue_and_other_json_are_refused() {
        for name in ["order.paid", "order_paid_done"] {
            let error = CustomSpec {
                name: name.into(),
                ..spec()
            }
            .check()
            .unwrap_err();
            assert_eq!(error.0[0].code, "built_in_event_type");
        }
        let bad = CustomSpec {
            name: "A".into(),
            label: String::new(),
            schema: Some(json!(true)),
            example: json!([]),
            ..spec()
        };
        let pointers: Vec<_> = bad
            .check()
            .unwrap_err()
            .0
            .into_iter()
            .map(|e| e.pointer)
            .collect();
        assert_eq!(pointers, ["/name", "/label", "/example", "/schema"]);
    }

    #[test]
    fn the_example_obeys_the_schema() {
        let schema = json!({"properties": {"booking": {"properties": {"id": {"type": "string"}}}}});
        let error = CustomSpec {
            schema: Some(schema),
            ..spec()
        }
        .check()
        .unwrap_err();
        assert_eq!(
            (error.0[0].pointer.as_str(), error.0[0].code),
            ("/example/booking/id", "schema_mismatch")
        );
        let good = json!({"properties": {"booking": {"required": ["id"]}}});
        assert!(
            CustomSpec {
                schema: Some(good),
                ..spec()
            }
            .check()
            .is_ok()
        );
    }

    #[test]
    fn examples_are_bounded() {
        let code = |example: Value| CustomSpec { example, ..spec() }.check().unwrap_err().0[0].code;
        assert_eq!(code(json!({"a": "x".repeat(MAX_EXAMPLE)})), "too_large");
        assert_eq!(
            code((0..40).fold(json!({}), |inner, _| json!({ "a": inner }))),
            "too_deep"
        );
        let many = |n: usize| {
            (0..n)
                .map(|n| (format!("k{n}"), json!(n)))
                .collect::<Value>()
        };
        assert_eq!(code(many(MAX_FIELDS + 1)), "too_many");
        assert!(
            CustomSpec {
                example: many(MAX_FIELDS),
                ..spec()
            }
            .check()
            .is_ok()
        );
    }
}

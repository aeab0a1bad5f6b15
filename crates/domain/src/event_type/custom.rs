//! Event types that are registered through the API.

use serde_json::Value;

use super::{builtin, canonical};
use crate::{Invalid, event::is_type_name, text};

/// Most bytes of an example or a schema.
const MAX_JSON: usize = 256 * 1024;

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
            invalid.push("/name", "invalid_type", "Use 1 to 100 of a-z, 0-9, _ and - in words joined by dots.");
        } else if builtin(canonical(&self.name)).is_some() {
            invalid.push("/name", "built_in_event_type", "A built-in event type has this name or alias.");
        }
        for (pointer, text) in [("/label", &mut self.label), ("/group", &mut self.group)] {
            if let Some(line) = invalid.take(text::title(pointer, text)) {
                *text = line;
            }
        }
        if let Some(description) = &self.description {
            self.description = invalid.take(text::paragraph("/description", description, 2_000)).filter(|text| !text.is_empty());
        }
        check_object("/example", &self.example, &mut invalid);
        if let Some(schema) = &self.schema {
            check_object("/schema", schema, &mut invalid);
        }
        invalid.or(self)
    }
}

fn check_object(pointer: &str, value: &Value, invalid: &mut Invalid) {
    if !value.is_object() {
        invalid.push(pointer, "not_an_object", "Must be a JSON object.");
    } else if value.to_string().len() > MAX_JSON {
        invalid.push(pointer, "too_large", "Must have at most 256 KiB.");
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
        assert_eq!((spec.label.as_str(), spec.description), ("Booking Made", None));
    }

    #[test]
    fn names_of_the_catalogue_and_other_json_are_refused() {
        for name in ["order.paid", "order_paid_done"] {
            let error = CustomSpec { name: name.into(), ..spec() }.check().unwrap_err();
            assert_eq!(error.0[0].code, "built_in_event_type");
        }
        let bad = CustomSpec { name: "A".into(), label: String::new(), schema: Some(json!(true)), example: json!([]), ..spec() };
        let pointers: Vec<_> = bad.check().unwrap_err().0.into_iter().map(|e| e.pointer).collect();
        assert_eq!(pointers, ["/name", "/label", "/example", "/schema"]);
    }
}

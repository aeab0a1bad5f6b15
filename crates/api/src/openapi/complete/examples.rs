//! Examples of bodies.

use serde_json::Value;
use utoipa::openapi::{Content, OpenApi, RefOr, schema::Schema};

/// The examples of all schemas, by the reference that points to them.
pub(super) fn of_schemas(document: &OpenApi) -> Vec<(String, Value)> {
    let schemas = document
        .components
        .iter()
        .flat_map(|components| &components.schemas);
    schemas
        .filter_map(|(name, schema)| {
            let RefOr::T(Schema::Object(object)) = schema else {
                return None;
            };
            let example = object
                .example
                .clone()
                .or_else(|| object.examples.first().cloned())?;
            Some((format!("#/components/schemas/{name}"), example))
        })
        .collect()
}

/// Puts the example of a body's schema beside the body itself, where readers and tests look for it.
pub(super) fn give(content: &mut Content, examples: &[(String, Value)]) {
    let Some(RefOr::Ref(reference)) = &content.schema else {
        return;
    };
    if content.example.is_none() {
        content.example = examples
            .iter()
            .find(|(location, _)| *location == reference.ref_location)
            .map(|(_, example)| example.clone());
    }
}

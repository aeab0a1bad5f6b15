//! What generated clients and forms made from the document depend on.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{document, operations};

/// The operations that count how often somebody comes.
const LIMITED: [&str; 3] = ["forgot_password", "receive_call", "reset_password"];

/// Every schema of the document with its place, those within others included.
fn schemas(document: &Value) -> Vec<(String, &Map<String, Value>)> {
    let (mut found, mut left) = (Vec::new(), vec![(String::new(), document)]);
    while let Some((place, value)) = left.pop() {
        match value {
            Value::Object(map) => {
                if ["type", "$ref", "oneOf", "allOf"]
                    .iter()
                    .any(|word| map.contains_key(*word))
                {
                    found.push((place.clone(), map));
                }
                let inner = map
                    .iter()
                    .filter(|(name, _)| !name.starts_with("example"))
                    .chain(
                        map.get_key_value("example")
                            .filter(|_| place.ends_with("/properties")),
                    );
                left.extend(inner.map(|(name, value)| (format!("{place}/{name}"), value)));
            }
            Value::Array(list) => {
                let inner = list.iter().enumerate();
                left.extend(inner.map(|(i, value)| (format!("{place}/{i}"), value)));
            }
            _ => {}
        }
    }
    found
}

/// Whether a schema allows a type.
fn is_of(schema: &Map<String, Value>, kind: &str) -> bool {
    match &schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

#[test]
fn objects_say_what_they_may_hold() {
    let document = document();
    let places: Vec<_> = schemas(&document)
        .into_iter()
        .filter(|(_, schema)| is_of(schema, "object") && !schema.contains_key("properties"))
        .collect();
    assert!(places.len() >= 8, "{places:?}");
    for (place, schema) in places {
        let more = &schema
            .get("additionalProperties")
            .cloned()
            .unwrap_or_default();
        assert!(*more == json!(true) || more.is_object(), "{place}: {more}");
    }
}

#[test]
fn lists_refer_to_their_entries() {
    let document = document();
    let lists: Vec<_> = schemas(&document)
        .into_iter()
        .filter_map(|(place, schema)| Some((place, schema.get("items")?)))
        .collect();
    assert!(lists.len() >= 30, "{}", lists.len());
    for (place, items) in lists {
        let is_inline = ["properties", "allOf", "oneOf"]
            .iter()
            .any(|word| !items[*word].is_null());
        assert!(!is_inline, "{place}");
    }
}

#[test]
fn what_may_be_null_in_an_answer_is_always_there() {
    let document = document();
    let (answers, requests) = (
        reachable(&document, "responses"),
        reachable(&document, "requestBody"),
    );
    let only_answers: Vec<_> = answers.difference(&requests).collect();
    assert!(only_answers.len() >= 30, "{only_answers:?}");
    for name in only_answers {
        for (place, schema) in schemas(&document["components"]["schemas"][name]) {
            let required = schema.get("required").cloned().unwrap_or_default();
            for (field, value) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let null = json!({"type": "null"});
                let may_be_null = value.as_object().is_some_and(|value| is_of(value, "null"))
                    || value["oneOf"]
                        .as_array()
                        .is_some_and(|parts| parts.contains(&null));
                let is_there = required
                    .as_array()
                    .is_some_and(|names| names.iter().any(|one| one == field));
                assert!(is_there || !may_be_null, "{name}{place}/{field}");
            }
        }
    }
}

/// The names of the schemas that this part of any operation leads to.
fn reachable(document: &Value, part: &str) -> BTreeSet<String> {
    let mut left: Vec<_> = operations(document)
        .into_iter()
        .map(|(_, _, operation)| &operation[part])
        .collect();
    let mut found = BTreeSet::new();
    while let Some(value) = left.pop() {
        for (_, schema) in schemas(&json!({"content": value}).clone()) {
            let Some(Value::String(reference)) = schema.get("$ref") else {
                continue;
            };
            let Some(name) = reference.strip_prefix("#/components/schemas/") else {
                continue;
            };
            if found.insert(name.to_owned()) {
                left.push(&document["components"]["schemas"][name]);
            }
        }
    }
    found
}

#[test]
fn every_operation_says_whether_it_needs_a_key() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let needs_one = path.starts_with("/v1/") && !path.starts_with("/v1/password/");
        let expected = if needs_one {
            json!([{"api_key": []}])
        } else {
            json!([])
        };
        assert_eq!(operation["security"], expected, "{method} {path}");
    }
}

/// Swagger UI sends the examples of parameters, wanted or not: an `If-Match` of nobody's, and the
/// same `Idempotency-Key` for a day.
#[test]
fn no_optional_parameter_has_an_example() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        for parameter in parameters(operation).filter(|one| one["required"] != true) {
            let place = format!("{method} {path}: {parameter}");
            for holder in [parameter, &parameter["schema"]] {
                assert!(holder["example"].is_null(), "{place}");
            }
            assert!(parameter["examples"].is_null(), "{place}");
            seen.insert(parameter["name"].as_str().unwrap());
        }
    }
    assert!(
        seen.contains("If-Match") && seen.contains("Idempotency-Key"),
        "{seen:?}"
    );
}

#[test]
fn limits_have_the_bounds_that_are_enforced() {
    let document = document();
    let limits: Vec<_> = operations(&document)
        .into_iter()
        .flat_map(|(_, _, operation)| parameters(operation))
        .filter(|parameter| parameter["name"] == "limit")
        .collect();
    assert!(limits.len() >= 15, "{}", limits.len());
    for limit in limits {
        let expected = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 25});
        assert_eq!(limit["schema"], expected);
    }
}

#[test]
fn every_variant_has_a_title() {
    let document = document();
    let variants = document["components"]["schemas"]["Verification"]["oneOf"]
        .as_array()
        .unwrap();
    let titles: BTreeSet<_> = variants
        .iter()
        .map(|one| one["title"].as_str().expect("a title"))
        .collect();
    assert_eq!(titles.len(), variants.len(), "{titles:?}");
}

#[test]
fn whoever_counts_requests_says_429_and_when_to_come_again() {
    let document = document();
    let mut limited: Vec<_> = operations(&document)
        .into_iter()
        .filter(|(_, _, operation)| !operation["responses"]["429"].is_null())
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    limited.sort_unstable();
    assert_eq!(limited, LIMITED);
    for name in ["TooManyRequests", "Unavailable"] {
        let answer = &document["components"]["responses"][name];
        assert_eq!(
            answer["headers"]["Retry-After"]["schema"]["type"], "integer",
            "{name}"
        );
    }
}

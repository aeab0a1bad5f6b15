//! Every answer that a test of this crate gets is one that the document describes.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use serde_json::{Value, json};

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(crate::openapi()).unwrap());

/// Fails unless the operation may be answered so. What no operation takes is none of its business.
pub(super) fn check(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(&method.to_lowercase(), path) else {
        return;
    };
    let told = &operation["responses"][answer.status.as_str()];
    let told = match told["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(&reference[1..]).unwrap(),
        None => told,
    };
    let place = format!("{method} {path}: {} {}", answer.status, answer.text);
    assert!(!told.is_null(), "no such answer is described: {place}");
    let Some(content) = told["content"].as_object() else {
        assert_eq!(answer.text, "", "no body is described: {place}");
        return;
    };
    if method == "HEAD" {
        return;
    }
    let schema = &content
        .get(answer.header("content-type"))
        .unwrap_or_else(|| panic!("no such media type is described: {place}"))["schema"];
    let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
    let validator = jsonschema::draft202012::new(&whole).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&answer.body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0], "the body is not as described: {place}");
}

/// The operation that takes a request; a fixed path comes before patterns.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let method = if method == "head" { "get" } else { method };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matching = paths
        .iter()
        .find(|(pattern, _)| *pattern == path)
        .or_else(|| {
            paths.iter().find(|(pattern, item)| {
                !item[method].is_null() && ResourceDef::new(pattern.as_str()).is_match(path)
            })
        });
    matching
        .map(|(_, item)| &item[method])
        .filter(|operation| !operation.is_null())
}

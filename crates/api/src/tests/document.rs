//! The OpenAPI document keeps its promises to readers and to generated tests.

mod clients;

use std::collections::BTreeSet;

use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(crate::openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.clone(), path.clone(), operation));
        }
    }
    found
}

#[test]
fn operations_are_named_verb_noun_and_once() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(seen.insert(id.to_owned()), "{id} is there twice");
        assert!(id.contains('_'), "{method} {path}: {id}");
        assert!(
            !operation["summary"].as_str().unwrap_or_default().is_empty(),
            "{id} has no summary"
        );
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id}");
    }
}

#[test]
fn every_body_has_an_example_and_every_parameter_is_described() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        if let Some(content) = operation.pointer("/requestBody/content/application~1json") {
            assert!(
                !content["example"].is_null(),
                "{method} {path} has no example"
            );
        }
        let names: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        for name in path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            assert!(names.contains(&name), "{method} {path}: {name}");
        }
        if path.starts_with("/v1/password/") {
            assert!(operation["responses"]["401"].is_null(), "{method} {path}");
            assert!(!operation["responses"]["429"].is_null(), "{method} {path}");
        } else if path.starts_with("/v1/") {
            assert_eq!(
                names.contains(&"Idempotency-Key"),
                method == "post",
                "{method} {path}"
            );
            assert!(!operation["responses"]["401"].is_null(), "{method} {path}");
        }
        let is_list = operation["operationId"]
            .as_str()
            .unwrap()
            .starts_with("list_");
        assert_eq!(names.contains(&"cursor"), is_list, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut left = vec![&document];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    assert!(
                        document
                            .pointer(reference.strip_prefix('#').unwrap())
                            .is_some(),
                        "{reference}"
                    );
                }
                left.extend(map.values());
            }
            Value::Array(list) => left.extend(list),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_required_where_a_request_without_one_is_refused() {
    let (api, document) = (super::start().await, document());
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let body = &operation["requestBody"];
        if body.is_null() || !path.starts_with("/v1/") || path.ends_with("/preview") {
            continue;
        }
        let path = path
            .replace("{user_id}", "user_01jq3c9xx2f88tdm0h4dbx5n1a")
            .replace("{type}", "order.paid")
            .replace("{id}", "nothing");
        let id = match path.split('/').nth(2).unwrap() {
            "incoming-webhooks" => "inwh_01jq3c9xx2f88tdm0h4dbx5n1a".to_owned(),
            collection => format!(
                "{}_01jq3c9xx2f88tdm0h4dbx5n1a",
                collection.trim_end_matches('s')
            ),
        };
        let answer = api
            .send(api.request(&method.to_uppercase(), &path.replace("nothing", &id)))
            .await;
        let is_refused = [400, 415].contains(&answer.status.as_u16());
        assert_eq!(
            body["required"], is_refused,
            "{method} {path}: {}",
            answer.text
        );
        seen.insert(is_refused);
    }
    assert_eq!(seen.len(), 2);
}

//! Adds to every operation what it has in common with its kind.

mod answers;
mod examples;
mod kind;
mod parameters;
mod schemas;

use serde_json::Value;
use utoipa::openapi::{
    HttpMethod, OpenApi, PathItem, RefOr, Required, path::Operation, security::SecurityRequirement,
};

use kind::OperationKind;

pub(super) fn complete(document: &mut OpenApi) {
    let examples = examples::of_schemas(document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete_operation(path, &method, operation, &examples);
        }
    }
    schemas::complete(document);
    answers::add_components(document);
}

fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
        .collect()
}

fn complete_operation(
    path: &str,
    method: &HttpMethod,
    operation: &mut Operation,
    examples: &[(String, Value)],
) {
    let kind = OperationKind::of(path, method, operation);
    parameters::add_of_path(path, operation);
    parameters::add_common(&kind, operation);
    let key = SecurityRequirement::new("api_key", Vec::<String>::new());
    // Nothing said would leave it open; an empty list says that no key is needed.
    operation.security = Some(if kind.managed { vec![key] } else { vec![] });
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        let required = if kind.needs_body {
            Required::True
        } else {
            Required::False
        };
        body.required = Some(required);
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                examples::give(content, examples);
            }
        }
    }
    answers::add_common(&kind, operation);
}

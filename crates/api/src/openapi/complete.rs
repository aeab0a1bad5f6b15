//! Adds to every operation what it has in common with its kind.

use domain::id::{self, Id, IdKind};
use serde_json::{Value, json};
use utoipa::openapi::{
    Content, HttpMethod, OpenApi, PathItem, Ref, RefOr, Required, Response,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Schema, Type},
    security::SecurityRequirement,
};
use uuid::Uuid;

/// A UUIDv7 for examples.
const EXAMPLE: Uuid = Uuid::from_u128(0x0195_c6c4_f7a2_7a11_a6d0_1123_57d2_d42a);

pub(super) fn complete(document: &mut OpenApi) {
    let examples = body_examples(document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete_operation(path, &method, operation, &examples);
        }
    }
    let components = document.components.get_or_insert_default();
    for (name, description) in ERRORS
        .iter()
        .map(|(_, name, description)| (*name, *description))
    {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let mut response = Response::new(description);
        response
            .content
            .insert(crate::problem::MEDIA_TYPE.into(), content.into());
        components.responses.insert(name.into(), response.into());
    }
}

/// Status, name and description of the answers that operations share.
const ERRORS: &[(&str, &str, &str)] = &[
    (
        "400",
        "Malformed",
        "The request cannot be read, or the cursor or Idempotency-Key cannot be used.",
    ),
    (
        "401",
        "Unauthenticated",
        "No API key, or an unknown, revoked or expired one; of a call: no signature, or a wrong or old one.",
    ),
    (
        "403",
        "Forbidden",
        "The API key lacks the scope, or the subject is barred.",
    ),
    ("404", "NotFound", "There is nothing under this id."),
    (
        "409",
        "Conflict",
        "The request collides with what is there.",
    ),
    (
        "412",
        "Stale",
        "The resource has changed since it was read.",
    ),
    ("413", "TooLarge", "The body is too large."),
    (
        "415",
        "UnsupportedMediaType",
        "The body's media type is not accepted.",
    ),
    (
        "422",
        "InvalidFields",
        "Some fields are not valid; `errors` names them.",
    ),
    (
        "429",
        "TooManyRequests",
        "Try again after the seconds of `Retry-After`.",
    ),
    ("500", "Internal", "Something went wrong on our side."),
    (
        "503",
        "Unavailable",
        "Try again after the seconds of `Retry-After`.",
    ),
];

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
    path_parameters(path, operation);
    common_parameters(&kind, operation);
    if kind.managed {
        operation.security = Some(vec![SecurityRequirement::new(
            "api_key",
            Vec::<String>::new(),
        )]);
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.required = body.required.clone().or(Some(Required::True));
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                give_example(content, examples);
            }
        }
    }
    common_answers(&kind, operation);
}

/// What decides about the things that operations have in common.
struct OperationKind {
    /// It lies under `/v1`, so it needs an API key, unless it is for guests.
    managed: bool,
    /// It needs no API key, and so is limited by where it comes from.
    guest: bool,
    /// It is the intake of incoming webhooks: its token is its key, and users can be barred from
    /// it.
    intake: bool,
    names_a_resource: bool,
    changes: bool,
    is_list: bool,
    has_body: bool,
    if_match: bool,
    idempotency_key: bool,
}

impl OperationKind {
    fn of(path: &str, method: &HttpMethod, operation: &Operation) -> Self {
        let (guest, intake) = (
            path.starts_with("/v1/password/"),
            path.starts_with("/hooks/"),
        );
        let managed = path.starts_with("/v1/") && !guest;
        Self {
            managed,
            guest,
            intake,
            names_a_resource: path.contains('{'),
            changes: managed && *method != HttpMethod::Get,
            is_list: operation
                .operation_id
                .as_deref()
                .is_some_and(|id| id.starts_with("list_")),
            has_body: operation.request_body.is_some(),
            if_match: takes_if_match(path, method),
            idempotency_key: (managed || intake) && *method == HttpMethod::Post,
        }
    }

    /// Whether an operation of this kind can be answered with this status.
    fn may_answer(&self, status: &str, operation: &Operation) -> bool {
        let in_query =
            |p: &RefOr<Parameter>| matches!(p, RefOr::T(p) if p.parameter_in == ParameterIn::Query);
        match status {
            "400" => self.has_body || self.is_list || self.idempotency_key,
            "401" => self.managed || self.intake,
            "403" => self.managed || self.intake,
            "404" => self.names_a_resource,
            "409" => self.changes || self.idempotency_key || self.guest,
            "412" => self.if_match,
            "413" | "415" => self.has_body,
            "422" => {
                self.has_body
                    || self.idempotency_key
                    || operation.parameters.iter().flatten().any(in_query)
            }
            "429" => self.guest,
            _ => self.managed || self.has_body,
        }
    }
}

fn common_parameters(kind: &OperationKind, operation: &mut Operation) {
    if kind.is_list {
        let description = "How many entries a page has, 1 to 100.";
        add(
            operation,
            parameter(
                "limit",
                ParameterIn::Query,
                description,
                Type::Integer,
                json!(25),
            ),
        );
        let description = "A `next_cursor` or `prev_cursor` of this list.";
        add(
            operation,
            parameter(
                "cursor",
                ParameterIn::Query,
                description,
                Type::String,
                Value::Null,
            ),
        );
    }
    if kind.if_match {
        let description = "The `ETag` that was read; 412 when it is no longer current.";
        add(
            operation,
            parameter(
                "If-Match",
                ParameterIn::Header,
                description,
                Type::String,
                json!("\"v1\""),
            ),
        );
    }
    if kind.idempotency_key {
        let description = "Makes a repeat of the request safe for 24 hours.";
        add(
            operation,
            parameter(
                "Idempotency-Key",
                ParameterIn::Header,
                description,
                Type::String,
                json!("order-9041"),
            ),
        );
    }
}

fn common_answers(kind: &OperationKind, operation: &mut Operation) {
    for (status, name, _) in ERRORS {
        if kind.may_answer(status, operation)
            && !operation.responses.responses.contains_key(*status)
        {
            operation
                .responses
                .responses
                .insert((*status).into(), RefOr::Ref(Ref::from_response_name(*name)));
        }
    }
}

/// What can be changed by PATCH or removed by its own id; not a user's place in a space or course.
fn takes_if_match(path: &str, method: &HttpMethod) -> bool {
    match method {
        HttpMethod::Patch => true,
        HttpMethod::Delete => path.matches('{').count() == 1,
        _ => false,
    }
}

fn add(operation: &mut Operation, parameter: Parameter) {
    let parameters = operation.parameters.get_or_insert_default();
    if !parameters
        .iter()
        .any(|p| matches!(p, RefOr::T(p) if p.name == parameter.name))
    {
        parameters.push(parameter.into());
    }
}

fn parameter(
    name: &str,
    place: ParameterIn,
    description: &str,
    kind: Type,
    example: Value,
) -> Parameter {
    let required = if place == ParameterIn::Path {
        Required::True
    } else {
        Required::False
    };
    let schema: Schema = ObjectBuilder::new().schema_type(kind).build().into();
    let builder = ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(schema));
    if example.is_null() {
        builder.build()
    } else {
        builder.example(Some(example)).build()
    }
}

fn path_parameters(path: &str, operation: &mut Operation) {
    let mut collection = "";
    for segment in path.split('/') {
        match segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            None => collection = segment,
            Some(name) => {
                let example = example_id(if name == "id" { collection } else { name });
                add(
                    operation,
                    parameter(name, ParameterIn::Path, "Which one.", Type::String, example),
                );
            }
        }
    }
}

fn example_id(of: &str) -> Value {
    fn write<K: IdKind>() -> Value {
        json!(Id::<K>::from_uuid(EXAMPLE).to_string())
    }
    match of {
        "users" | "user_id" => write::<id::UserKind>(),
        "spaces" => write::<id::SpaceKind>(),
        "courses" => write::<id::CourseKind>(),
        "incoming-webhooks" => write::<id::IncomingWebhookKind>(),
        "calls" => write::<id::CallKind>(),
        "feeds" => write::<id::FeedKind>(),
        "events" => write::<id::EventKind>(),
        "deliveries" => write::<id::DeliveryKind>(),
        "replays" => write::<id::ReplayKind>(),
        "api-keys" => write::<id::ApiKeyKind>(),
        "type" => json!("course.certified"),
        _ => Value::Null,
    }
}

/// The examples of all schemas, by the reference that points to them.
fn body_examples(document: &OpenApi) -> Vec<(String, Value)> {
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
fn give_example(content: &mut Content, examples: &[(String, Value)]) {
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

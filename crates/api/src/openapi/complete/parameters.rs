//! Parameters: those that kinds of operations share, and the ids in paths.

use domain::id::{self, Id, IdKind};
use serde_json::{Value, json};
use utoipa::openapi::{
    RefOr, Required,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Schema, Type},
};
use uuid::Uuid;

use super::kind::OperationKind;

/// A UUIDv7 for examples.
const EXAMPLE: Uuid = Uuid::from_u128(0x0195_c6c4_f7a2_7a11_a6d0_1123_57d2_d42a);

/// What is common to operations of this kind.
pub(super) fn add_common(kind: &OperationKind, operation: &mut Operation) {
    let text = Type::String;
    if kind.is_list {
        let limit = ("limit", "Entries per page, 1 to 100.");
        let cursor = (
            "cursor",
            "The `next_cursor` or `prev_cursor` of a page of this list.",
        );
        add(
            operation,
            ParameterIn::Query,
            limit,
            Type::Integer,
            json!(25),
        );
        add(
            operation,
            ParameterIn::Query,
            cursor,
            text.clone(),
            Value::Null,
        );
    }
    if kind.if_match {
        let description = "The `ETag` that was read; 412 if the resource has changed since.";
        let if_match = ("If-Match", description);
        add(
            operation,
            ParameterIn::Header,
            if_match,
            text.clone(),
            json!("\"v1\""),
        );
    }
    if kind.idempotency_key {
        let description = "Makes it safe to repeat the request within 24 hours.";
        let key = ("Idempotency-Key", description);
        add(
            operation,
            ParameterIn::Header,
            key,
            text,
            json!("order-9041"),
        );
    }
}

/// The ids in a path.
pub(super) fn add_of_path(path: &str, operation: &mut Operation) {
    let mut collection = "";
    for segment in path.split('/') {
        match segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            None => collection = segment,
            Some(name) => {
                let (description, example) =
                    described(if name == "id" { collection } else { name });
                add(
                    operation,
                    ParameterIn::Path,
                    (name, description),
                    Type::String,
                    example,
                );
            }
        }
    }
}

/// Adds a parameter, unless the operation's own annotation has one of this name.
fn add(
    operation: &mut Operation,
    place: ParameterIn,
    (name, description): (&str, &str),
    kind: Type,
    example: Value,
) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_same = |p: &RefOr<Parameter>| matches!(p, RefOr::T(p) if p.name == name);
    if parameters.iter().any(is_same) {
        return;
    }
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
    let parameter = if example.is_null() {
        builder.build()
    } else {
        builder.example(Some(example)).build()
    };
    parameters.push(parameter.into());
}

/// Description and example of what stands in a path for an entry of a collection.
fn described(of: &str) -> (&'static str, Value) {
    fn id<K: IdKind>() -> Value {
        json!(Id::<K>::from_uuid(EXAMPLE).to_string())
    }
    match of {
        "users" | "user_id" => ("The user's id.", id::<id::UserKind>()),
        "spaces" => ("The space's id.", id::<id::SpaceKind>()),
        "courses" => ("The course's id.", id::<id::CourseKind>()),
        "incoming-webhooks" => (
            "The incoming webhook's id.",
            id::<id::IncomingWebhookKind>(),
        ),
        "calls" => ("The call's id.", id::<id::CallKind>()),
        "feeds" => ("The feed's id.", id::<id::FeedKind>()),
        "events" => ("The event's id.", id::<id::EventKind>()),
        "deliveries" => ("The delivery's id.", id::<id::DeliveryKind>()),
        "replays" => ("The replay's id.", id::<id::ReplayKind>()),
        "api-keys" => ("The API key's id.", id::<id::ApiKeyKind>()),
        "type" => (
            "The name or alias of the event type.",
            json!("course.certified"),
        ),
        "token" => (
            "The secret part of the incoming webhook's URL.",
            Value::Null,
        ),
        _ => ("The resource's id.", Value::Null),
    }
}

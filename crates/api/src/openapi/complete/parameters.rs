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
use crate::request::{MAX_PAGE, PAGE};

/// A UUIDv7 for examples.
const EXAMPLE: Uuid = Uuid::from_u128(0x0195_c6c4_f7a2_7a11_a6d0_1123_57d2_d42a);

/// What is common to operations of this kind. None of them has an example: Swagger UI would send it
/// with every request, wanted or not.
pub(super) fn add_common(kind: &OperationKind, operation: &mut Operation) {
    if kind.is_list {
        let text = format!("Entries per page, 1 to {MAX_PAGE}.");
        add_optional(operation, ParameterIn::Query, ("limit", &text), limit());
        let text = "The `next_cursor` or `prev_cursor` of a page of this list.";
        let cursor = text_of("^[A-Za-z0-9_-]+$");
        add_optional(operation, ParameterIn::Query, ("cursor", text), cursor);
    }
    if kind.if_match {
        let text =
            "The `ETag` that was read, such as `\"v1\"`; 412 if the resource has changed since.";
        let tag = ObjectBuilder::new().schema_type(Type::String);
        add_optional(operation, ParameterIn::Header, ("If-Match", text), tag);
    }
    if kind.idempotency_key {
        let text = "Makes it safe to repeat the request within 24 hours. 1 to 255 visible ASCII characters, new for each request.";
        let key = text_of("^[!-~]+$").max_length(Some(255));
        let name = ("Idempotency-Key", text);
        add_optional(operation, ParameterIn::Header, name, key);
    }
}

fn limit() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(MAX_PAGE))
        .default(Some(json!(PAGE)))
}

/// A text that is not empty.
fn text_of(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .pattern(Some(pattern))
}

fn add_optional(
    operation: &mut Operation,
    place: ParameterIn,
    (name, description): (&str, &str),
    schema: ObjectBuilder,
) {
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(Schema::from(schema.build())));
    add(operation, parameter.build());
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
                let text = ObjectBuilder::new().schema_type(Type::String).build();
                let parameter = ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .description(Some(description))
                    .schema(Some(Schema::from(text)))
                    .example(Some(example).filter(|example| !example.is_null()));
                add(operation, parameter.build());
            }
        }
    }
}

/// Adds a parameter, unless the operation's own annotation has one of this name.
fn add(operation: &mut Operation, parameter: Parameter) {
    let parameters = operation.parameters.get_or_insert_default();
    let is_same = |p: &RefOr<Parameter>| matches!(p, RefOr::T(p) if p.name == parameter.name);
    if !parameters.iter().any(is_same) {
        parameters.push(parameter.into());
    }
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

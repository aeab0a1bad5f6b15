//! The answers for errors.

use utoipa::openapi::{
    Content, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response,
    path::Operation,
    schema::{Schema, Type},
};

use super::kind::OperationKind;
use crate::problem::MEDIA_TYPE;

/// Status, name and description of the answers that operations share.
const ERRORS: &[(&str, &str, &str)] = &[
    (
        "400",
        "Malformed",
        "The request is malformed, or the cursor or Idempotency-Key is not valid.",
    ),
    (
        "401",
        "Unauthenticated",
        "The API key is missing, unknown, revoked or expired; for a call: the signature is missing, wrong or too old.",
    ),
    (
        "403",
        "Forbidden",
        "The API key lacks the scope; for a call: the address is not allowed or the user is blocked.",
    ),
    ("404", "NotFound", "Nothing has this id."),
    (
        "409",
        "Conflict",
        "The request conflicts with the current state.",
    ),
    (
        "412",
        "Stale",
        "The resource has changed since it was read.",
    ),
    ("408", "TooSlow", "The body did not arrive in time."),
    ("413", "TooLarge", "The body is too large."),
    (
        "415",
        "UnsupportedMediaType",
        "The body's media type is not supported.",
    ),
    (
        "422",
        "InvalidFields",
        "Some fields are not valid; `errors` names them.",
    ),
    (
        "429",
        "TooManyRequests",
        "Too many requests; try again after `Retry-After` seconds.",
    ),
    ("500", "Internal", "Something went wrong on our side."),
    (
        "503",
        "Unavailable",
        "The service cannot answer right now; try again after `Retry-After` seconds.",
    ),
];

/// The answers that operations refer to.
pub(super) fn add_components(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (status, name, description) in ERRORS {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let mut response = Response::new(*description);
        response.content.insert(MEDIA_TYPE.into(), content.into());
        if matches!(*status, "429" | "503") {
            response
                .headers
                .insert("Retry-After".into(), retry_after().into());
        }
        components.responses.insert((*name).into(), response.into());
    }
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1));
    HeaderBuilder::new()
        .schema(Some(Schema::from(seconds.build())))
        .description(Some("Seconds until another try makes sense."))
        .build()
}

/// The errors that an operation of this kind can be answered with.
pub(super) fn add_common(kind: &OperationKind, operation: &mut Operation) {
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

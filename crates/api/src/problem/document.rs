//! Problems as clients see them.

use std::borrow::Cow;

use domain::FieldError;
use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, schema::Type};

use super::{Problem, code::Code, request_id};

/// What went wrong, as a problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "urn:hookyard:problem:invalid_fields", "title": "Some fields are not valid", "status": 422,
    "code": "invalid_fields", "errors": [{"pointer": "/email", "code": "required", "detail": "An e-mail address is required."}],
    "request_id": "01997f2e7c5b7d0f8a2b",
}))]
pub(crate) struct ProblemDocument {
    /// A URN made from the code.
    r#type: String,
    title: &'static str,
    status: u16,
    /// Details of this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<Cow<'static, str>>,
    /// Stable; the one to branch on.
    #[schema(schema_with = code_schema)]
    code: &'static str,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FieldProblem>, required = false)]
    errors: Vec<FieldError>,
    request_id: String,
}

fn code_schema() -> utoipa::openapi::Object {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes))
        .build()
}

/// One field that cannot be accepted.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "describes domain::FieldError in the OpenAPI document"
)]
pub(crate) struct FieldProblem {
    /// A JSON pointer (RFC 6901) into the body, or the name of a form field or parameter.
    pointer: String,
    /// Stable, snake_case.
    code: String,
    /// One sentence for a person.
    detail: String,
}

impl ProblemDocument {
    /// What a client sees of a problem, with the id of the request that is being answered.
    pub(super) fn of(problem: &Problem) -> Self {
        let code = problem.code;
        Self {
            r#type: format!("urn:hookyard:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status_number(),
            detail: problem.detail.clone(),
            code: code.as_str(),
            errors: problem.errors.clone(),
            request_id: request_id::current(),
        }
    }
}

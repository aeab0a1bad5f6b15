//! What kind of operation it is.

use utoipa::openapi::{
    HttpMethod, RefOr,
    path::{Operation, Parameter, ParameterIn},
};

/// Operations whose body may be left out: all of it has a default.
const OPTIONAL_BODIES: &[&str] = &[
    "put_course_student",
    "put_space_member",
    "rotate_feed_secret",
    "rotate_incoming_webhook",
    "test_feed",
];

/// What decides about the things that operations have in common.
pub(super) struct OperationKind {
    /// It lies under `/v1`, so it needs an API key, unless it is for guests.
    pub(super) managed: bool,
    /// It needs no API key, and so is limited by where it comes from, as the intake is.
    pub(super) guest: bool,
    /// It is the intake of incoming webhooks: its token is its key, and users can be barred from
    /// it.
    pub(super) intake: bool,
    pub(super) names_a_resource: bool,
    pub(super) changes: bool,
    pub(super) is_list: bool,
    pub(super) has_body: bool,
    pub(super) needs_body: bool,
    pub(super) if_match: bool,
    pub(super) idempotency_key: bool,
}

impl OperationKind {
    pub(super) fn of(path: &str, method: &HttpMethod, operation: &Operation) -> Self {
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
            needs_body: !operation
                .operation_id
                .as_deref()
                .is_some_and(|id| OPTIONAL_BODIES.contains(&id)),
            if_match: takes_if_match(path, method),
            idempotency_key: (managed || intake) && *method == HttpMethod::Post,
        }
    }

    /// Whether an operation of this kind can be answered with this status.
    pub(super) fn may_answer(&self, status: &str, operation: &Operation) -> bool {
        let in_query =
            |p: &RefOr<Parameter>| matches!(p, RefOr::T(p) if p.parameter_in == ParameterIn::Query);
        match status {
            "400" => self.has_body || self.is_list || self.idempotency_key,
            "401" => self.managed || self.intake,
            "403" => self.managed || self.intake,
            "404" => self.names_a_resource,
            "409" => self.changes || self.idempotency_key || self.guest,
            "412" => self.if_match,
            "408" | "413" | "415" => self.has_body,
            "422" => {
                self.has_body
                    || self.idempotency_key
                    || operation.parameters.iter().flatten().any(in_query)
            }
            "429" => self.guest || self.intake,
            _ => self.managed || self.has_body,
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

//! The only place where an error becomes HTTP: RFC 9457 problem documents from one closed table of
//! codes.

mod challenge;
pub(crate) mod request_id;

use std::borrow::Cow;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use domain::{FieldError, Invalid};
use serde::Serialize;
use storage::Unique;
use utoipa::openapi::{ObjectBuilder, schema::Type};

pub(crate) use challenge::Challenge;

/// The media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($code:ident = $status:literal $text:literal $title:literal;)*) => {
        /// Every way in which a request can fail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($code,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub(crate) const ALL: &[Code] = &[$(Code::$code),*];

            /// Stable, snake_case.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Code::$code => $text,)* }
            }

            /// The same sentence for every occurrence.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Code::$code => $title,)* }
            }

            const fn status_number(self) -> u16 {
                match self { $(Code::$code => $status,)* }
            }
        }
    };
}

codes! {
    Malformed = 400 "malformed" "The request cannot be read";
    InvalidCursor = 400 "invalid_cursor" "The cursor does not belong to this list";
    InvalidIdempotencyKey = 400 "invalid_idempotency_key" "The Idempotency-Key cannot be used";
    Unauthenticated = 401 "unauthenticated" "A valid API key is required";
    SignatureMissing = 401 "signature_missing" "The call is not signed";
    SignatureInvalid = 401 "signature_invalid" "The call's signature is not right";
    SignatureExpired = 401 "signature_expired" "The call was signed at another time";
    MissingScope = 403 "missing_scope" "The API key may not do this";
    AddressNotAllowed = 403 "address_not_allowed" "Calls from this address are not taken";
    UserBlocked = 403 "user_blocked" "The user is blocked";
    NotFound = 404 "not_found" "There is nothing here";
    WebhookNotFound = 404 "webhook_not_found" "There is no incoming webhook at this URL";
    MethodNotAllowed = 405 "method_not_allowed" "The resource does not have this method";
    RequestTimeout = 408 "request_timeout" "The body did not come in time";
    EmailTaken = 409 "email_taken" "Another user has this e-mail address";
    UsernameTaken = 409 "username_taken" "Another user has this username";
    SlugTaken = 409 "slug_taken" "The slug is taken";
    EventTypeTaken = 409 "event_type_taken" "There is an event type of this name";
    EventTypeInUse = 409 "event_type_in_use" "Feeds listen to this event type";
    LimitReached = 409 "limit_reached" "There are as many of these as there may be";
    AlreadyExists = 409 "already_exists" "It exists already";
    ChangedMeanwhile = 409 "changed_meanwhile" "Somebody else changed the resource at the same time";
    WrongState = 409 "wrong_state" "The resource is in a state that does not allow this";
    BuiltIn = 409 "built_in_event_type" "A built-in event type cannot be changed";
    IdempotencyInProgress = 409 "idempotency_in_progress" "The first request with this Idempotency-Key still runs";
    Gone = 410 "gone" "It existed, but does no longer";
    Stale = 412 "stale" "The resource has changed since it was read";
    TooLarge = 413 "too_large" "The body is too large";
    UnsupportedMediaType = 415 "unsupported_media_type" "The body's media type is not accepted here";
    InvalidFields = 422 "invalid_fields" "Some fields are not valid";
    IdempotencyKeyReused = 422 "idempotency_key_reused" "The Idempotency-Key belongs to another request";
    TooManyRequests = 429 "too_many_requests" "Too many requests";
    BadRequest = 400 "bad_request" "The request is not acceptable";
    Internal = 500 "internal" "Something went wrong on our side";
    Unavailable = 503 "unavailable" "The service cannot answer right now";
}

impl Code {
    /// The HTTP status of the code.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code for an error of the framework that has nothing but a status.
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            other => Self::ALL
                .iter()
                .copied()
                .find(|code| code.status_number() == other)
                .unwrap_or(if status.is_client_error() {
                    Self::BadRequest
                } else {
                    Self::Internal
                }),
        }
    }
}

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) detail: Option<Cow<'static, str>>,
    pub(crate) errors: Vec<FieldError>,
    /// Seconds after which another try makes sense.
    pub(crate) retry_after: Option<u64>,
    /// The methods that a 405 names.
    pub(crate) allow: Option<String>,
    /// What a 401 asks for.
    challenge: Challenge,
    /// For the log only; never sent.
    cause: Option<String>,
}

/// What went wrong, as a problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "urn:hookyard:problem:invalid_fields", "title": "Some fields are not valid", "status": 422,
    "code": "invalid_fields", "errors": [{"pointer": "/email", "code": "required", "detail": "An e-mail address is required."}],
    "request_id": "01997f2e7c5b7d0f8a2b",
}))]
pub(crate) struct Document {
    /// A URN that is made of the code.
    r#type: String,
    title: &'static str,
    status: u16,
    /// What is special about this occurrence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<Cow<'static, str>>,
    /// Stable: the one to switch on.
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

impl Problem {
    /// A problem with nothing to add to its code.
    pub(crate) fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            allow: None,
            challenge: Challenge::ApiKey,
            cause: None,
        }
    }

    /// Says what is special about this occurrence.
    #[must_use]
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same about an object that lies deeper in the body.
    #[must_use]
    pub(crate) fn under(mut self, pointer: &str) -> Self {
        self.errors
            .iter_mut()
            .for_each(|error| error.pointer.insert_str(0, pointer));
        self
    }

    /// Says when another try makes sense.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Names the methods that a 405 would have taken.
    #[must_use]
    pub(crate) fn allow(mut self, methods: String) -> Self {
        self.allow = Some(methods);
        self
    }

    /// Says what a 401 asks for; an API key when nothing else is said.
    #[must_use]
    pub(crate) fn challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = challenge;
        self
    }

    /// A failure of ours. The cause is logged when the answer is made, and never sent.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(Code::Internal)
        }
    }

    /// The problem for an error that the framework answered with nothing but a status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self::new(Code::of_status(status))
    }

    /// A conflict that lies in one field of the body.
    fn in_field(code: Code, pointer: &str) -> Self {
        let errors = vec![FieldError {
            pointer: pointer.into(),
            code: "taken",
            detail: format!("{}.", code.title()),
        }];
        Self {
            errors,
            ..Self::new(code)
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code.as_str(), cause, "a request failed");
        }
        let document = Document {
            r#type: format!("urn:hookyard:problem:{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status_number(),
            detail: self.detail.clone(),
            code: self.code.as_str(),
            errors: self.errors.clone(),
            request_id: request_id::current(),
        };
        let mut response = HttpResponse::build(self.code.status());
        response.content_type(MEDIA_TYPE);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(methods) = &self.allow {
            response.insert_header((header::ALLOW, methods.as_str()));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, self.challenge.as_str()));
        }
        response.body(serde_json::to_vec(&document).unwrap_or_default())
    }
}

impl From<storage::Error> for Problem {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::NotFound => Self::new(Code::NotFound),
            storage::Error::Dangling => Self::new(Code::NotFound)
                .detail("Something that the request refers to does not exist."),
            storage::Error::Stale => Self::new(Code::ChangedMeanwhile),
            storage::Error::Conflict(what) => conflict(what),
            storage::Error::Unavailable(cause) => Self {
                cause: Some(cause),
                ..Self::new(Code::Unavailable).retry_after(1)
            },
            storage::Error::Internal(cause) => Self::internal(cause),
        }
    }
}

fn conflict(what: Unique) -> Problem {
    match what {
        Unique::UserEmail => Problem::in_field(Code::EmailTaken, "/email"),
        Unique::Username => Problem::in_field(Code::UsernameTaken, "/username"),
        Unique::SpaceSlug | Unique::CourseSlug => Problem::in_field(Code::SlugTaken, "/slug"),
        Unique::EventTypeName => Problem::in_field(Code::EventTypeTaken, "/name"),
        Unique::Membership
        | Unique::Enrollment
        | Unique::IncomingWebhookToken
        | Unique::ExternalEventId
        | Unique::Delivery
        | Unique::ApiKey
        | Unique::IdempotencyKey => Problem::new(Code::AlreadyExists),
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self {
            errors: invalid.0,
            ..Self::new(Code::InvalidFields)
        }
    }
}

impl From<domain::vault::CannotDecrypt> for Problem {
    fn from(error: domain::vault::CannotDecrypt) -> Self {
        Self::internal(error)
    }
}

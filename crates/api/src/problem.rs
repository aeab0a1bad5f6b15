//! The only place where an error becomes HTTP: RFC 9457 problem documents from one closed table of
//! codes.

mod challenge;
mod code;
mod conversions;
mod document;
pub(crate) mod request_id;

use std::borrow::Cow;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use domain::FieldError;

pub(crate) use challenge::Challenge;
pub(crate) use code::Code;
pub(crate) use document::{FieldProblem, ProblemDocument};

use crate::json_bytes;

/// The media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

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

    /// Says which fields are to blame.
    #[must_use]
    pub(crate) fn at(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
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
        response.body(json_bytes(&ProblemDocument::of(self)))
    }
}

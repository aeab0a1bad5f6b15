//! What the errors of the other crates are to a client.

use domain::{FieldError, Invalid};
use storage::Unique;

use super::{Problem, code::Code};

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

/// A conflict that lies in one field of the body.
fn in_field(code: Code, pointer: &str) -> Problem {
    let errors = vec![FieldError {
        pointer: pointer.into(),
        code: "taken",
        detail: format!("{}.", code.title()),
    }];
    Problem {
        errors,
        ..Problem::new(code)
    }
}

fn conflict(what: Unique) -> Problem {
    match what {
        Unique::UserEmail => in_field(Code::EmailTaken, "/email"),
        Unique::Username => in_field(Code::UsernameTaken, "/username"),
        Unique::SpaceSlug | Unique::CourseSlug => in_field(Code::SlugTaken, "/slug"),
        Unique::EventTypeName => in_field(Code::EventTypeTaken, "/name"),
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

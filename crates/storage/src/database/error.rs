//! What can go wrong in storage, in the terms of its callers.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// A value that must be unique and is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    UserEmail,
    Username,
    SpaceSlug,
    CourseSlug,
    Membership,
    Enrollment,
    IncomingWebhookToken,
    EventTypeName,
    ExternalEventId,
    Delivery,
    ApiKey,
    IdempotencyKey,
}

/// Why a storage operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("no such row")]
    NotFound,
    #[error("{0:?} is already taken")]
    Conflict(Unique),
    /// Somebody else changed the row since it was read.
    #[error("the row was changed meanwhile")]
    Stale,
    /// A row that this one refers to is gone.
    #[error("a row that is referred to does not exist")]
    Dangling,
    /// The database cannot be reached or is overloaded: worth another try.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    #[error("storage: {0}")]
    Internal(String),
}

/// What the messages of databases say that are in trouble themselves: out of room, out of reach, in
/// the middle of a migration. (PostgreSQL's codes do not come this far.)
const TROUBLES: [&str; 17] = [
    "no space left",
    "disk",
    "could not extend",
    "could not write",
    "could not open",
    "i/o",
    "readonly",
    "read-only",
    "out of memory",
    "out of shared memory",
    "permission denied",
    "does not exist",
    "no such table",
    "no such column",
    "timeout",
    "canceling statement",
    "unable to open",
];

impl Error {
    /// Whether waiting can help. If not, what was to be written is to blame, and trying again ends
    /// in the same error.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Stale => true,
            Self::Internal(why) => {
                let why = why.to_lowercase();
                TROUBLES.iter().any(|trouble| why.contains(trouble))
            }
            Self::NotFound | Self::Conflict(_) | Self::Dangling => false,
        }
    }
}

/// The result of storage operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Turns "no such row" into `None`.
pub(crate) trait OptionalRow<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalRow<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(kind, info) => {
                database_error(&kind, info.message(), info.constraint_name())
            }
            Diesel::BrokenTransactionManager => Self::Unavailable("the connection broke".into()),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn database_error(kind: &DatabaseErrorKind, message: &str, constraint: Option<&str>) -> Error {
    match kind {
        DatabaseErrorKind::UniqueViolation => match unique(constraint.unwrap_or(message)) {
            Some(what) => Error::Conflict(what),
            None => Error::Internal(message.to_owned()),
        },
        DatabaseErrorKind::ForeignKeyViolation => Error::Dangling,
        DatabaseErrorKind::SerializationFailure
        | DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ReadOnlyTransaction => Error::Unavailable(message.to_owned()),
        // PostgreSQL broke off one of two transactions that waited for each other: another try sees
        // what the other one did.
        _ if message.contains("deadlock detected") => Error::Stale,
        // SQLite's SQLITE_BUSY, PostgreSQL's "too many clients" and shutdown notices come without a
        // kind of their own.
        _ if [
            "database is locked",
            "too many clients",
            "terminating connection",
            "connection closed",
            "shutting down",
        ]
        .iter()
        .any(|sign| message.contains(sign)) =>
        {
            Error::Unavailable(message.to_owned())
        }
        _ => Error::Internal(message.to_owned()),
    }
}

/// PostgreSQL names the constraint, SQLite the table and column (or the index): the one place that
/// knows both.
fn unique(text: &str) -> Option<Unique> {
    const KNOWN: &[(&str, &str, Unique)] = &[
        ("users_email", "users.email_folded", Unique::UserEmail),
        ("users_username", "users.username_folded", Unique::Username),
        ("spaces_slug", "spaces.slug", Unique::SpaceSlug),
        ("courses_slug", "courses.slug", Unique::CourseSlug),
        (
            "memberships_space_user",
            "memberships.space_id",
            Unique::Membership,
        ),
        (
            "enrollments_course_user",
            "enrollments.course_id",
            Unique::Enrollment,
        ),
        (
            "incoming_webhooks_token",
            "incoming_webhooks.token_hash",
            Unique::IncomingWebhookToken,
        ),
        (
            "event_types_name",
            "event_types.name",
            Unique::EventTypeName,
        ),
        ("events_external", "events.source", Unique::ExternalEventId),
        (
            "deliveries_once",
            "index 'deliveries_once'",
            Unique::Delivery,
        ),
        ("api_keys_hash", "api_keys.key_hash", Unique::ApiKey),
        (
            "idempotency_keys_pkey",
            "idempotency_keys.key_hash",
            Unique::IdempotencyKey,
        ),
    ];
    KNOWN
        .iter()
        .find(|(pg, lite, _)| text == *pg || text.contains(lite))
        .map(|(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waiting_can_help_is_told_from_what_it_cannot() {
        let internal = |why: &str| Error::Internal(why.into());
        for error in [
            Error::Unavailable("gone".into()),
            Error::Stale,
            internal("could not extend file \"base/1\": No space left on device"),
            internal("database or disk is full"),
            internal("relation \"deliveries\" does not exist"),
            internal("canceling statement due to statement timeout"),
            internal("attempt to write a readonly database"),
        ] {
            assert!(error.is_transient(), "{error}");
        }
        for error in [
            Error::Dangling,
            Error::NotFound,
            Error::Conflict(Unique::Delivery),
            internal("timestamp out of range"),
            internal("invalid byte sequence for encoding \"UTF8\": 0x00"),
            internal("CHECK constraint failed: state"),
        ] {
            assert!(!error.is_transient(), "{error}");
        }
    }
}

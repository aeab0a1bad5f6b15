//! The closed table of codes.

use actix_web::http::StatusCode;

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

            pub(super) const fn status_number(self) -> u16 {
                match self { $(Code::$code => $status,)* }
            }
        }
    };
}

codes! {
    Malformed = 400 "malformed" "The request is malformed";
    InvalidCursor = 400 "invalid_cursor" "The cursor does not belong to this list";
    InvalidIdempotencyKey = 400 "invalid_idempotency_key" "The Idempotency-Key is not valid";
    Unauthenticated = 401 "unauthenticated" "A valid API key is required";
    SignatureMissing = 401 "signature_missing" "The call is not signed";
    SignatureInvalid = 401 "signature_invalid" "The call's signature is wrong";
    SignatureExpired = 401 "signature_expired" "The time of signing is too far from now";
    MissingScope = 403 "missing_scope" "The API key lacks a scope";
    AddressNotAllowed = 403 "address_not_allowed" "Calls from this address are not allowed";
    UserBlocked = 403 "user_blocked" "The user is blocked";
    NotFound = 404 "not_found" "Not found";
    WebhookNotFound = 404 "webhook_not_found" "There is no incoming webhook at this URL";
    MethodNotAllowed = 405 "method_not_allowed" "The method is not allowed here";
    RequestTimeout = 408 "request_timeout" "The body did not arrive in time";
    EmailTaken = 409 "email_taken" "Another user has this e-mail address";
    UsernameTaken = 409 "username_taken" "Another user has this username";
    SlugTaken = 409 "slug_taken" "The slug is taken";
    EventTypeTaken = 409 "event_type_taken" "Another event type has this name";
    EventTypeInUse = 409 "event_type_in_use" "Feeds use this event type";
    LimitReached = 409 "limit_reached" "Limit reached";
    EventIdReused = 409 "event_id_reused" "The id belongs to another event";
    AlreadyExists = 409 "already_exists" "It already exists";
    ChangedMeanwhile = 409 "changed_meanwhile" "Somebody else changed the resource at the same time";
    WrongState = 409 "wrong_state" "The resource is in a state that does not allow this";
    BuiltIn = 409 "built_in_event_type" "A built-in event type cannot be changed";
    IdempotencyInProgress = 409 "idempotency_in_progress" "The first request with this Idempotency-Key is still running";
    Gone = 410 "gone" "It no longer exists";
    Stale = 412 "stale" "The resource has changed since it was read";
    TooLarge = 413 "too_large" "The body is too large";
    UnsupportedMediaType = 415 "unsupported_media_type" "The body's media type is not supported";
    InvalidFields = 422 "invalid_fields" "Some fields are not valid";
    IdempotencyKeyReused = 422 "idempotency_key_reused" "The Idempotency-Key belongs to another request";
    TooManyRequests = 429 "too_many_requests" "Too many requests";
    BadRequest = 400 "bad_request" "The request is not valid";
    Internal = 500 "internal" "Something went wrong on our side";
    Unavailable = 503 "unavailable" "The service cannot answer right now";
}

impl Code {
    /// The HTTP status of the code.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code for an error of the framework that has nothing but a status.
    pub(super) fn of_status(status: StatusCode) -> Self {
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

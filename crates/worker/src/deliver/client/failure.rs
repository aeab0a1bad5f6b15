//! Why there was no answer: what the client's error is called, in words that name no inner address.

use std::{error::Error, io, time::Duration};

use domain::{
    delivery::AttemptError,
    outbound::{guard::TargetRefusal, retry::AttemptErrorCode as Code},
};

use super::resolver::ResolveError;

/// Longest text of somebody else's that goes into a message.
const MAX_DETAIL: usize = 300;

/// The guard's refusal.
pub(super) fn refused(refusal: TargetRefusal) -> AttemptError {
    AttemptError {
        code: Code::Blocked,
        message: refusal.to_string(),
    }
}

/// The total deadline passed.
pub(super) fn too_slow(limit: Duration) -> AttemptError {
    AttemptError {
        code: Code::Timeout,
        message: format!("No complete answer within {} ms.", limit.as_millis()),
    }
}

/// Names the innermost cause that is known.
pub(super) fn of(error: &reqwest::Error) -> AttemptError {
    let known = causes(error)
        .filter_map(|cause| known(cause, error.is_connect()))
        .last();
    known.unwrap_or_else(|| match () {
        () if error.is_timeout() => failure(Code::Timeout, "No connection in time."),
        () if error.is_connect() => failure(Code::Connect, "No connection could be made."),
        () => failure(Code::Protocol, "The answer is not valid HTTP."),
    })
}

fn failure(code: Code, message: &str) -> AttemptError {
    AttemptError {
        code,
        message: message.to_owned(),
    }
}

/// The error and what caused it. `io::Error` shows the causes of what it wraps, but not what it
/// wraps.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn known(cause: &(dyn Error + 'static), connecting: bool) -> Option<AttemptError> {
    if let Some(error) = cause.downcast_ref::<ResolveError>() {
        return Some(match error {
            ResolveError::Refused(refusal) => refused(*refusal),
            ResolveError::Unknown | ResolveError::TooSlow => failure(Code::Dns, &error.to_string()),
        });
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        let detail: String = error.to_string().chars().take(MAX_DETAIL).collect();
        return Some(failure(Code::Tls, &format!("TLS failed: {detail}.")));
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        return of_hyper(error);
    }
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        return of_http2(error);
    }
    cause
        .downcast_ref::<io::Error>()
        .and_then(|error| of_io(error.kind(), connecting))
}

fn of_hyper(error: &hyper::Error) -> Option<AttemptError> {
    if error.is_parse() {
        Some(failure(
            Code::Protocol,
            "The answer is not valid HTTP, or its head is too large.",
        ))
    } else if error.is_incomplete_message() || error.is_closed() {
        Some(failure(Code::Reset, CUT))
    } else {
        None
    }
}

/// What the receiver ended is a reset; what we ended, because it was not HTTP/2, is left to the
/// general case.
fn of_http2(error: &h2::Error) -> Option<AttemptError> {
    match error.get_io() {
        Some(io) => of_io(io.kind(), false),
        None => error.is_remote().then(|| failure(Code::Reset, CUT)),
    }
}

const CUT: &str = "The connection was closed before the answer was complete.";

fn of_io(kind: io::ErrorKind, connecting: bool) -> Option<AttemptError> {
    use io::ErrorKind as Kind;
    Some(match kind {
        Kind::TimedOut => failure(Code::Timeout, "The connection timed out."),
        Kind::ConnectionRefused => failure(Code::Connect, "The connection was refused."),
        Kind::HostUnreachable | Kind::NetworkUnreachable => {
            failure(Code::Connect, "The host cannot be reached.")
        }
        // A connection that is closed while it is being made is closed in the middle of TLS.
        Kind::UnexpectedEof if connecting => {
            failure(Code::Tls, "TLS failed: the connection was closed.")
        }
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof => failure(Code::Reset, CUT),
        Kind::InvalidData | Kind::InvalidInput => {
            failure(Code::Protocol, "The answer is not valid HTTP.")
        }
        _ => return None,
    })
}

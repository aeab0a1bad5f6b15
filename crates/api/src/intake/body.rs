//! Reading a call's body: its size, then, once it is known whose it is, its media type and the
//! parser that fits.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_TYPE},
    web::{Bytes, Payload},
};
use serde_json::{Map, Value};

use super::{
    limits::too_many_fields,
    multipart,
    payload::{CallPayload, json_object},
    urlencoded,
};
use crate::{Code, Problem, request::body, settings::IntakeSettings};

const MEDIA_TYPES: &str =
    "Send multipart/form-data, application/x-www-form-urlencoded or application/json.";

/// The body as it came: what a signature covers.
///
/// # Errors
/// 413 `too_large`, 415 `unsupported_media_type` for a compressed body.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: Payload,
    limits: &IntakeSettings,
) -> Result<Bytes, Problem> {
    check_headers(request)?;
    body::read(
        request.headers(),
        payload.into_inner(),
        limits.max_body_bytes,
    )
    .await
}

/// Refuses a signed body that is something else than its content type says. No signature covers that
/// header: what one sender signed as JSON would be another's call when it is read as a form.
///
/// # Errors
/// 415 `unsupported_media_type`.
pub(crate) fn check_signed(request: &HttpRequest, bytes: &[u8]) -> Result<(), Problem> {
    let media = request.mime_type().ok().flatten();
    let says = media.as_ref().map_or("", |media| media.essence_str());
    let first = bytes.trim_ascii_start().first();
    let agrees = match says {
        "application/x-www-form-urlencoded" => !matches!(first, Some(b'{' | b'[' | b'"' | b'-')),
        "multipart/form-data" => media
            .as_ref()
            .and_then(|media| media.get_param("boundary"))
            .and_then(|boundary| {
                let rest = bytes.strip_prefix(b"--")?;
                rest.strip_prefix(boundary.as_str().as_bytes())
            })
            .is_some_and(|rest| rest.starts_with(b"\r\n")),
        _ => true,
    };
    if agrees || bytes.is_empty() {
        Ok(())
    } else {
        Err(unsupported(
            "The signed body is not what its Content-Type says.",
        ))
    }
}

/// Reads the body as what its content type says. An empty body has no fields, whatever its type.
///
/// # Errors
/// 400 `malformed`, 413 `too_large` for too many parts, 415 `unsupported_media_type`.
pub(crate) async fn parse(
    request: &HttpRequest,
    bytes: Bytes,
    limits: &IntakeSettings,
) -> Result<CallPayload, Problem> {
    if bytes.is_empty() {
        return Ok(CallPayload::Form(Vec::new()));
    }
    let media = request.mime_type().map_err(|_| unsupported(MEDIA_TYPES))?;
    let payload = match &media {
        Some(media) => typed(media.essence_str(), request, &bytes, limits.max_fields).await,
        None => untyped(&bytes, limits.max_fields),
    }?;
    let charset = media.as_ref().and_then(|media| media.get_param("charset"));
    // What is read as UTF-8 but was written otherwise would be other letters.
    if payload.is_ascii() || charset.is_none_or(|charset| is_utf8(charset.as_str())) {
        return Ok(payload);
    }
    Err(malformed("The body is in another charset than UTF-8."))
}

/// The body as its content type says.
async fn typed(
    media: &str,
    request: &HttpRequest,
    bytes: &Bytes,
    max: usize,
) -> Result<CallPayload, Problem> {
    match media {
        "multipart/form-data" => multipart::read(request.headers(), bytes.clone(), max)
            .await
            .map(CallPayload::Form),
        // What clients such as curl say by default, also of JSON.
        "application/x-www-form-urlencoded" => match json_object(without_mark(bytes)) {
            Some(members) => bounded(members, max),
            None => urlencoded::parse(without_mark(bytes), max).map(CallPayload::Form),
        },
        "application/json" => json(bytes, max),
        // Those of vendors, such as application/vnd.api+json.
        _ if media.ends_with("+json") => json(bytes, max),
        _ => Err(unsupported(MEDIA_TYPES)),
    }
}

/// A body without a content type, if it can only be one thing.
fn untyped(bytes: &[u8], max: usize) -> Result<CallPayload, Problem> {
    let text = without_mark(bytes).trim_ascii();
    match text.first() {
        Some(b'{') => json(bytes, max),
        Some(first) if first.is_ascii_alphabetic() && text.contains(&b'=') => {
            urlencoded::parse(text, max).map(CallPayload::Form)
        }
        _ => Err(unsupported(MEDIA_TYPES)),
    }
}

/// The bytes without UTF-8's byte order mark, which some systems put before any text.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Compressed bodies are refused: unpacking them would take any limit on their size away.
fn check_headers(request: &HttpRequest) -> Result<(), Problem> {
    let is_plain =
        |value: &str| value.trim().is_empty() || value.trim().eq_ignore_ascii_case("identity");
    if !request
        .headers()
        .get_all(CONTENT_ENCODING)
        .all(|value| value.to_str().is_ok_and(is_plain))
    {
        return Err(unsupported("Send the body without a Content-Encoding."));
    }
    // With two of them, two readers of the same request could disagree about it.
    if request.headers().get_all(CONTENT_TYPE).count() > 1 {
        return Err(unsupported("Send one Content-Type."));
    }
    Ok(())
}

fn unsupported(detail: &'static str) -> Problem {
    Problem::new(Code::UnsupportedMediaType).detail(detail)
}

fn malformed(detail: &'static str) -> Problem {
    Problem::new(Code::Malformed).detail(detail)
}

fn json(bytes: &[u8], max_fields: usize) -> Result<CallPayload, Problem> {
    match serde_json::from_slice(without_mark(bytes)) {
        Ok(Value::Object(members)) => bounded(members, max_fields),
        Ok(_) => Err(malformed("The JSON body must be an object.")),
        Err(_) => Err(malformed("The body is not valid JSON.")),
    }
}

/// What an object has inside of its members is bounded by the body's size and by serde_json's depth.
fn bounded(members: Map<String, Value>, max_fields: usize) -> Result<CallPayload, Problem> {
    if members.len() > max_fields {
        return Err(too_many_fields(max_fields));
    }
    Ok(CallPayload::Json(members))
}

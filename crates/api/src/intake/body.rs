//! Reading a call's body: its size, then, once it is known whose it is, its media type and the
//! parser that fits.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_TYPE},
    web::{Bytes, Payload},
};
use serde_json::{Map, Value};

use super::{multipart, payload::CallPayload, urlencoded};
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
    let media = request
        .mime_type()
        .ok()
        .flatten()
        .ok_or_else(|| unsupported(MEDIA_TYPES))?;
    let payload = match media.essence_str() {
        "multipart/form-data" => multipart::read(request.headers(), bytes, limits.max_fields)
            .await
            .map(CallPayload::Form),
        "application/x-www-form-urlencoded" => urlencoded::parse(&bytes).map(CallPayload::Form),
        "application/json" => json(&bytes).map(CallPayload::Json),
        _ => Err(unsupported(MEDIA_TYPES)),
    }?;
    // What is read as UTF-8 but was written otherwise would be other letters.
    if payload.is_ascii()
        || media
            .get_param("charset")
            .is_none_or(|charset| is_utf8(charset.as_str()))
    {
        return Ok(payload);
    }
    Err(malformed("The body is in another charset than UTF-8."))
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

fn json(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(malformed("The JSON body must be an object.")),
        Err(_) => Err(malformed("The body is not valid JSON.")),
    }
}

//! Reading a call's body: its media type, its size, and the parser that fits.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::{Limits, Sent, multipart, urlencoded};

/// Why a call's body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    #[error("{0}")]
    Malformed(&'static str),
    #[error("{0}")]
    TooLarge(String),
}

const MEDIA_TYPES: &str = "Send multipart/form-data, application/x-www-form-urlencoded or application/json.";

/// Reads the body as what its content type says. An empty body has no fields, whatever its type.
///
/// # Errors
/// [`BodyError`].
pub async fn read(request: &HttpRequest, payload: Payload, limits: &Limits) -> Result<Sent, BodyError> {
    judge_encoding(request)?;
    let bytes = collect(request, payload, limits.body_bytes).await?;
    if bytes.is_empty() {
        return Ok(Sent::Form(Vec::new()));
    }
    let media = request.mime_type().ok().flatten().ok_or(BodyError::UnsupportedMediaType(MEDIA_TYPES))?;
    match media.essence_str() {
        "multipart/form-data" => multipart::read(request.headers(), bytes, limits).await.map(Sent::Form),
        "application/x-www-form-urlencoded" => urlencoded::parse(&bytes).map(Sent::Form),
        "application/json" => json(&bytes).map(Sent::Json),
        _ => Err(BodyError::UnsupportedMediaType(MEDIA_TYPES)),
    }
}

/// Compressed bodies are refused: unpacking them would take any limit on their size away.
fn judge_encoding(request: &HttpRequest) -> Result<(), BodyError> {
    let is_plain = |value: &str| value.trim().eq_ignore_ascii_case("identity") || value.trim().is_empty();
    let plain = request.headers().get_all(CONTENT_ENCODING).all(|value| value.to_str().is_ok_and(is_plain));
    // More than one type would let two readers of the same request disagree about it.
    match (plain, request.headers().get_all(CONTENT_TYPE).count()) {
        (false, _) => Err(BodyError::UnsupportedMediaType("Send the body without a Content-Encoding.")),
        (true, 0 | 1) => Ok(()),
        (true, _) => Err(BodyError::UnsupportedMediaType("Send one Content-Type.")),
    }
}

async fn collect(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Bytes, BodyError> {
    let too_large = || BodyError::TooLarge(format!("The body may have at most {limit} bytes."));
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Malformed("The body ended before it was complete."))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn json(bytes: &[u8]) -> Result<Map<String, Value>, BodyError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(BodyError::Malformed("The JSON body must be an object.")),
        Err(_) => Err(BodyError::Malformed("The body is not valid JSON.")),
    }
}

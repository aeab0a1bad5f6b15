//! The outermost layer: a request id on every answer, one log line for each request, and the
//! promise that every error is a problem document. Logs name the route's pattern, never the path:
//! paths of incoming webhooks hold secrets.

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};
use tracing::Instrument;

use crate::problem::{MEDIA_TYPE, Problem, request_id};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The middleware.
pub(crate) async fn layer(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static>>, Error> {
    let id = given(req.headers()).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
    let route = req.match_pattern().unwrap_or_else(|| "-".to_owned());
    let span = tracing::info_span!("request", request_id = %id, method = %req.method(), %route);
    let answer = async {
        let started = std::time::Instant::now();
        let mut response = answer(req, next).await?;
        if let Ok(value) = HeaderValue::from_str(&request_id::current()) {
            response.headers_mut().insert(HEADER, value);
        }
        let millis = started.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(
            status = response.status().as_u16(),
            duration_ms = (millis * 1000.0).round() / 1000.0,
            "answered"
        );
        Ok(response)
    };
    request_id::scope(id, answer.instrument(span)).await
}

/// A request id of the caller's, if it is harmless: 1 to 64 of letters, digits, `.`, `_` and `-`.
fn given(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    ((1..=64).contains(&text.len()) && text.bytes().all(good)).then(|| text.to_owned())
}

async fn answer<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(req).await?;
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == MEDIA_TYPE);
    if !(status.is_client_error() || status.is_server_error())
        || is_problem
        || keeps_its_body(&response)
    {
        return Ok(response.map_into_left_body());
    }
    let problem: HttpResponse = Problem::of_status(status).error_response();
    Ok(response.into_response(problem).map_into_right_body())
}

/// `/health/ready` tells what is wrong in its own words.
fn keeps_its_body<B>(response: &ServiceResponse<B>) -> bool {
    response.request().path().starts_with("/health/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        for (text, good) in [
            ("abc-1.2_X", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            (&"x".repeat(65) as &str, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(text).unwrap());
            assert_eq!(given(&headers).is_some(), good, "{text:?}");
        }
    }
}

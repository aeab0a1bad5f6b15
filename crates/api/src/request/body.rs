//! Reading a body without ever holding more of it than is allowed.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;

use crate::{ApiSettings, Code, Problem};

/// How long a client may take to send a body.
const MAX_TIME: Duration = Duration::from_secs(30);

/// How many bytes a request's body may have; one that no route takes gets the common limit.
pub(crate) fn limit_of(request: &HttpRequest, settings: &ApiSettings) -> usize {
    let common = settings.server.max_body_bytes;
    request
        .match_pattern()
        .map_or(common, |route| settings.max_body_bytes(&route))
}

/// The whole body, if it has at most `limit` bytes and comes in time.
///
/// # Errors
/// 413, 408, or 400 when the connection broke.
pub(crate) async fn read(
    headers: &HeaderMap,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    within(MAX_TIME, collect(headers, payload, limit)).await
}

async fn within(
    time: Duration,
    body: impl Future<Output = Result<Bytes, Problem>>,
) -> Result<Bytes, Problem> {
    let in_time = tokio::time::timeout(time, body).await;
    in_time.unwrap_or_else(|_| Err(Problem::new(Code::RequestTimeout)))
}

async fn collect(
    headers: &HeaderMap,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let too_large =
        || Problem::new(Code::TooLarge).detail(format!("At most {limit} bytes are accepted here."));
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    // An announcement alone is no reason to set much memory aside.
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(64 * 1024));
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_| Problem::new(Code::Malformed).detail("The body ended early."))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use futures_util::stream;

    use super::*;

    fn chunks(count: usize) -> Payload {
        let chunk = || Ok::<_, actix_web::error::PayloadError>(Bytes::from_static(b"12345"));
        Payload::Stream {
            payload: Box::pin(stream::iter((0..count).map(move |_| chunk()))),
        }
    }

    #[tokio::test]
    async fn bodies_are_bounded_whether_announced_or_not() {
        let (none, mut announced) = (HeaderMap::new(), HeaderMap::new());
        announced.insert(header::CONTENT_LENGTH, HeaderValue::from_static("11"));
        assert_eq!(read(&none, chunks(2), 10).await.unwrap().len(), 10);
        assert_eq!(
            read(&none, chunks(3), 10).await.unwrap_err().code,
            Code::TooLarge
        );
        assert_eq!(
            read(&announced, chunks(1), 10).await.unwrap_err().code,
            Code::TooLarge
        );
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let never: Payload = Payload::Stream {
            payload: Box::pin(stream::pending()),
        };
        let headers = HeaderMap::new();
        let answer = within(Duration::from_millis(1), collect(&headers, never, 10)).await;
        assert_eq!(answer.unwrap_err().code, Code::RequestTimeout);
    }
}

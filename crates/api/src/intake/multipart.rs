//! `multipart/form-data` (RFC 7578). The body is in memory already, and bounded, because a later
//! check may need its exact bytes.

use actix_multipart::{Field, Multipart};
use actix_web::{
    error::PayloadError,
    http::header::HeaderMap,
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::limits::too_many_fields;
use crate::{Code, Problem};

/// The parser buffers 64 KiB at most, so it gets the body in pieces.
const PIECE: usize = 16 * 1024;

/// The text parts in their order. Files are passed over.
///
/// # Errors
/// 400 `malformed`, 413 `too_large`.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Bytes,
    max_parts: usize,
) -> Result<Vec<(String, String)>, Problem> {
    let pieces = (0..body.len())
        .step_by(PIECE)
        .map(move |at| Ok::<_, PayloadError>(body.slice(at..body.len().min(at + PIECE))));
    let mut parts = Multipart::new(headers, stream::iter(pieces));
    let (mut found, mut count) = (Vec::new(), 0);
    while let Some(part) = parts.try_next().await.map_err(|_| broken())? {
        count += 1;
        if count > max_parts {
            return Err(too_many_fields(max_parts));
        }
        if let Some(pair) = text(part).await? {
            found.push(pair);
        }
    }
    Ok(found)
}

/// The name and value of a text part; `None` for a file, whose bytes are dropped as they come.
async fn text(mut part: Field) -> Result<Option<(String, String)>, Problem> {
    let name = part.name().ok_or_else(broken)?.to_owned();
    let is_file = part
        .content_disposition()
        .is_some_and(|disposition| disposition.get_filename().is_some());
    let mut value = BytesMut::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| broken())?;
        if !is_file {
            value.extend_from_slice(&chunk);
        }
    }
    if is_file {
        return Ok(None);
    }
    let value = String::from_utf8(value.into())
        .map_err(|_| Problem::new(Code::Malformed).detail("A part of the form is not UTF-8."))?;
    Ok(Some((name, value)))
}

fn broken() -> Problem {
    Problem::new(Code::Malformed).detail("The body is not valid multipart/form-data.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};

    async fn parse(
        boundary: &str,
        body: &[u8],
        parts: usize,
    ) -> Result<Vec<(String, String)>, Problem> {
        let mut headers = HeaderMap::new();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(&content_type).unwrap());
        read(&headers, Bytes::copy_from_slice(body), parts).await
    }

    fn part(name: &str, more: &str, value: &[u8]) -> Vec<u8> {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    }

    #[actix_web::test]
    async fn text_parts_are_read_and_files_passed_over() {
        let file = vec![0xff; 100_000];
        let body = [
            part("email", "", b"a@b.org"),
            part("avatar", "; filename=\"a.png\"", &file),
            part("x", "", b""),
            b"--b--\r\n".to_vec(),
        ];
        let pairs = parse("b", &body.concat(), 3).await.unwrap();
        assert_eq!(
            pairs,
            [
                ("email".to_owned(), "a@b.org".to_owned()),
                ("x".into(), String::new())
            ]
        );
        assert_eq!(
            parse("b", &body.concat(), 2).await.unwrap_err().code,
            Code::TooLarge
        );
    }

    #[actix_web::test]
    async fn broken_bodies_are_malformed() {
        let whole = [part("email", "", b"a@b.org"), b"--b--\r\n".to_vec()].concat();
        let latin1 = [part("email", "", b"\xe9@b.org"), b"--b--\r\n".to_vec()].concat();
        for (boundary, body) in [
            ("other", &whole[..]),
            ("b", &whole[..40]),
            ("b", &whole[..whole.len() - 8]),
            ("b", b"email=1"),
            ("b", &latin1),
        ] {
            assert_eq!(
                parse(boundary, body, 64).await.unwrap_err().code,
                Code::Malformed
            );
        }
    }
}

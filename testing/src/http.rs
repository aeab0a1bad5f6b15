//! HTTP/1.1 as far as a receiver of tests needs it.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// The first line and the headers, with the empty line at the end.
    pub head: String,
    pub body: Bytes,
}

impl RawRequest {
    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// Method and target.
    ///
    /// # Panics
    /// When the first line has none.
    pub fn line(&self) -> (&str, &str) {
        let mut words = self.head.split(' ');
        words.next().zip(words.next()).expect("a request line")
    }

    /// The headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.lines().skip(1);
        lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name, value.trim()))
        })
    }
}

/// The next request, head and body; `None` when the client closed.
///
/// # Panics
/// When the head is no text, or its length no number.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<RawRequest> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("a head of text");
    let mut request = RawRequest {
        head,
        body: Bytes::new(),
    };
    let length = request
        .headers()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.body = body.into();
    Some(request)
}

/// Writes an answer with a length.
///
/// # Panics
/// When the client is gone.
pub async fn answer(
    stream: &mut (impl AsyncWrite + Unpin),
    status: &str,
    headers: &[&str],
    body: &[u8],
) {
    write_answer(stream, status, headers, body)
        .await
        .expect("the client reads the answer");
}

pub(crate) async fn write_answer(
    stream: &mut (impl AsyncWrite + Unpin),
    status: &str,
    headers: &[&str],
    body: &[u8],
) -> std::io::Result<()> {
    let headers: String = headers
        .iter()
        .flat_map(|header| [*header, "\r\n"])
        .collect();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    stream.flush().await
}

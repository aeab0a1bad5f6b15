//! Reading an answer, no further than it is kept.

use std::net::SocketAddr;

use domain::delivery::{HeaderField, ReceivedResponse};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Most bytes of a body that are read; then the connection is given up. So much may come before it
/// costs a new connection.
pub(super) const MAX_READ: usize = 64 * 1024;
/// Most bytes of a body that are kept.
pub(super) const MAX_KEPT: usize = 4 * 1024;
/// Most headers that are kept, and most bytes of all their names and values.
pub(super) const MAX_HEADERS: usize = 100;
pub(super) const MAX_HEADER_BYTES: usize = 16 * 1024;

/// What is known as soon as an answer begins.
#[derive(Default)]
pub(super) struct Head {
    pub(super) remote_address: Option<SocketAddr>,
    pub(super) retry_after: Option<String>,
}

impl Head {
    pub(super) fn of(response: &reqwest::Response) -> Self {
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        Self {
            remote_address: response.remote_addr(),
            retry_after: retry_after.map(str::to_owned),
        }
    }
}

/// Reads the body up to its end or [`MAX_READ`].
pub(super) async fn read(
    mut response: reqwest::Response,
) -> Result<ReceivedResponse, reqwest::Error> {
    let (status, headers) = (response.status().as_u16(), kept_headers(response.headers()));
    let (mut kept, mut total) = (Vec::new(), 0usize);
    while total < MAX_READ {
        let Some(chunk) = response.chunk().await? else {
            break;
        };
        total = total.saturating_add(chunk.len());
        let room = MAX_KEPT.saturating_sub(kept.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    let truncated = total > kept.len();
    Ok(ReceivedResponse {
        status,
        headers,
        body: text(&kept, truncated),
        truncated,
    })
}

/// The bytes as text, without the half character that a cut leaves at the end.
fn text(kept: &[u8], truncated: bool) -> String {
    let whole = match std::str::from_utf8(kept) {
        Err(error) if truncated && error.error_len().is_none() => {
            kept.get(..error.valid_up_to()).unwrap_or(kept)
        }
        _ => kept,
    };
    String::from_utf8_lossy(whole).into_owned()
}

/// Headers in the order in which they came; those that do not fit any more are left out.
fn kept_headers(map: &HeaderMap) -> Vec<HeaderField> {
    let mut room = MAX_HEADER_BYTES;
    let mut kept = Vec::new();
    for (name, value) in map {
        let size = name.as_str().len() + value.len();
        if size <= room && kept.len() < MAX_HEADERS {
            room -= size;
            kept.push(HeaderField {
                name: name.as_str().to_owned(),
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_no_half_character() {
        assert_eq!(text("aé".as_bytes(), true), "aé");
        assert_eq!(text(&"aé".as_bytes()[..2], true), "a");
        assert_eq!(text(&"aé".as_bytes()[..2], false), "a\u{fffd}");
        assert_eq!(text(b"a\xffb\xc3", true), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn kept_headers_are_bounded_in_number_and_size() {
        let mut map = HeaderMap::new();
        map.append("big", "b".repeat(MAX_HEADER_BYTES).parse().unwrap());
        for i in 0..MAX_HEADERS + 5 {
            map.append("x", i.to_string().parse().unwrap());
        }
        let kept = kept_headers(&map);
        assert_eq!(kept.len(), MAX_HEADERS);
        assert_eq!(
            kept[0],
            HeaderField {
                name: "x".into(),
                value: "0".into()
            }
        );
    }
}

//! The headers of a feed, and which it may send.

mod name;

use serde::{Deserialize, Serialize};

use crate::{Invalid, http_token::is_header_name};

/// Most headers of a feed, and most bytes of one value and of all names and values together.
const MAX_HEADERS: usize = 50;
const MAX_VALUE: usize = 8 * 1024;
const MAX_TOTAL: usize = 16 * 1024;
/// What sealing adds: nonce and tag.
const SEAL: usize = 24 + 16;

/// A header of a feed. The value of a secret one is sealed wherever it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHeader {
    pub name: String,
    pub value: String,
    #[serde(default)]
    pub secret: bool,
    /// The header was made of a user name, which is shown, and a password, which is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic_auth: Option<String>,
}

impl FeedHeader {
    /// How many bytes it takes when it is sent.
    fn sent_len(&self) -> usize {
        let padding = self
            .value
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'=')
            .count();
        let value = if self.secret {
            (self.value.len() / 4 * 3).saturating_sub(padding + SEAL)
        } else {
            self.value.len()
        };
        self.name.len() + value
    }
}

/// Checks names, values and sizes; what is secret was checked before it was sealed.
pub(super) fn check(headers: &[FeedHeader], invalid: &mut Invalid) {
    if headers.len() > MAX_HEADERS {
        invalid.push(
            "/headers",
            "too_many",
            format!("At most {MAX_HEADERS} headers."),
        );
    }
    if headers.iter().map(FeedHeader::sent_len).sum::<usize>() > MAX_TOTAL {
        invalid.push(
            "/headers",
            "too_large",
            format!("At most {MAX_TOTAL} bytes of names and values together."),
        );
    }
    for (i, header) in headers.iter().enumerate() {
        let pointer = format!("/headers/{i}/name");
        let again = headers
            .iter()
            .take(i)
            .any(|other| other.name.eq_ignore_ascii_case(&header.name));
        if !is_header_name(&header.name) {
            let detail =
                "Use 1 to 100 letters, digits, and any of !#$%&'*+-.^_`|~ (RFC 9110 token).";
            invalid.push(pointer, "invalid_header_name", detail);
        } else if let Some(owner) = name::owner(&header.name) {
            invalid.push(
                pointer,
                "reserved_header",
                format!("\"{}\" cannot be set: {owner}", header.name),
            );
        } else if again && name::is_single(&header.name) {
            invalid.push(
                pointer,
                "duplicate_header",
                format!("HTTP allows one \"{}\" header only.", header.name),
            );
        }
        if !header.secret {
            invalid.take(header_value(&format!("/headers/{i}/value"), &header.value));
        }
    }
}

/// Checks that a header's value can be sent as it is (RFC 9110, without obs-text).
///
/// # Errors
/// `invalid_header_value`.
pub fn header_value(pointer: &str, value: &str) -> Result<(), Invalid> {
    let good = (1..=MAX_VALUE).contains(&value.len())
        && value
            .bytes()
            .all(|b| (0x20..0x7f).contains(&b) || b == b'\t')
        && value.trim() == value;
    if good {
        return Ok(());
    }
    Err(Invalid::one(
        pointer,
        "invalid_header_value",
        "Use 1 to 8192 visible ASCII characters and inner spaces.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> FeedHeader {
        FeedHeader {
            name: name.into(),
            value: value.into(),
            secret: false,
            basic_auth: None,
        }
    }

    fn codes(headers: &[FeedHeader]) -> Vec<&'static str> {
        let mut invalid = Invalid::default();
        check(headers, &mut invalid);
        invalid.0.iter().map(|error| error.code).collect()
    }

    #[test]
    fn values_cannot_smuggle() {
        for good in ["abc def", "a\tb", "Bearer x.y-z", "~"] {
            assert_eq!(codes(&[header("X-A", good)]), [""; 0], "{good:?}");
        }
        for bad in [
            "a\r\nHost: b",
            "a\nb",
            "a\rb",
            "a\0b",
            "a\u{7f}",
            "a\r\n folded",
            " a",
            "a ",
            "\ta",
            "",
            "é",
            "日本",
        ] {
            assert_eq!(
                codes(&[header("X-A", bad)]),
                ["invalid_header_value"],
                "{bad:?}"
            );
        }
        assert_eq!(codes(&[header("X-A", &"v".repeat(MAX_VALUE))]), [""; 0]);
        assert_eq!(
            codes(&[header("X-A", &"v".repeat(MAX_VALUE + 1))]),
            ["invalid_header_value"]
        );
        assert_eq!(
            codes(&[header("X-A", &"v".repeat(64 * 1024))]),
            ["too_large", "invalid_header_value"]
        );
    }

    #[test]
    fn names_are_tokens() {
        for bad in [
            "",
            "X A",
            ":path",
            ":authority",
            "X:A",
            "X\r\nA",
            "X\0",
            "é",
            "(x)",
            &"n".repeat(101),
        ] {
            assert_eq!(
                codes(&[header(bad, "a")]),
                ["invalid_header_name"],
                "{bad:?}"
            );
        }
        assert_eq!(codes(&[header("X!#$%&'*+-.^_`|~9", "a")]), [""; 0]);
    }

    #[test]
    fn names_that_others_own_are_refused_in_any_case_with_their_owner() {
        for reserved in [
            "hOsT",
            "content-length",
            "Content-TYPE",
            "Content-Encoding",
            "Transfer-Encoding",
            "Connection",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "proxy-authorization",
            "Proxy-Connection",
            "webhook-id",
            "Webhook-Signature",
            "hookyard-event",
            "User-Agent",
            "Sec-Fetch-Mode",
            "HTTP2-Settings",
        ] {
            assert_eq!(
                codes(&[header(reserved, "a")]),
                ["reserved_header"],
                "{reserved}"
            );
            assert!(
                name::owner(reserved).is_some_and(|owner| owner.ends_with('.')),
                "{reserved}"
            );
        }
    }

    #[test]
    fn lists_may_repeat_and_single_values_may_not() {
        assert_eq!(
            codes(&[
                header("X-Tag", "a"),
                header("x-tag", "b"),
                header("Accept", "a/b"),
                header("accept", "c/d")
            ]),
            [""; 0]
        );
        assert_eq!(
            codes(&[header("Authorization", "a"), header("authorization", "b")]),
            ["duplicate_header"]
        );
        assert_eq!(
            codes(&[header("Cookie", "a=1"), header("COOKIE", "b=2")]),
            ["duplicate_header"]
        );
    }

    #[test]
    fn number_and_size_of_all_are_bounded_and_sealed_values_count_as_they_are_sent() {
        let many: Vec<_> = (0..=MAX_HEADERS)
            .map(|i| header(&format!("X-{i}"), "a"))
            .collect();
        assert_eq!(codes(&many), ["too_many"]);
        assert_eq!(codes(&many[1..]), [""; 0]);
        let vault = crate::vault::Vault::new(&crate::vault::MasterKey::generate());
        for plain in [1, 2, 3, 100, 8192] {
            let value = base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                vault.seal("x", &vec![b'a'; plain]),
            );
            let sealed = FeedHeader {
                secret: true,
                value,
                ..header("", "")
            };
            assert_eq!(sealed.sent_len(), plain);
        }
        let half = "v".repeat(MAX_TOTAL / 2 - 3);
        assert_eq!(
            codes(&[header("X-A", &half), header("X-B", &half)]),
            [""; 0]
        );
        assert_eq!(
            codes(&[header("X-A", &half), header("X-B", &half), header("Y", "1")]),
            ["too_large"]
        );
    }
}

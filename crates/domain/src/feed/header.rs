//! Which headers a feed may send.

use crate::Invalid;

const MAX_VALUE: usize = 8 * 1024;

/// Checks that a header's value can be sent as it is (RFC 9110, without obs-text).
///
/// # Errors
/// `invalid_header_value`.
pub fn header_value(pointer: &str, value: &str) -> Result<(), Invalid> {
    let good = (1..=MAX_VALUE).contains(&value.len())
        && value.bytes().all(|b| (0x20..0x7f).contains(&b) || b == b'\t')
        && value.trim() == value;
    if good {
        return Ok(());
    }
    Err(Invalid::one(pointer, "invalid_header_value", "Use 1 to 8192 visible ASCII characters and inner spaces."))
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Names that the connection, the format or the signature owns.
pub fn is_reserved_header(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "user-agent",
    ];
    const PREFIXES: &[&str] = &["webhook-", "hookyard-", "proxy-", "sec-"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

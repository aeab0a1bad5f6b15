//! Names as HTTP writes them: tokens (RFC 9110, section 5.6.2).

/// Longest name of a header, in bytes.
const MAX_HEADER_NAME: usize = 100;

/// Whether a text can be the name of a header.
pub(crate) fn is_header_name(name: &str) -> bool {
    (1..=MAX_HEADER_NAME).contains(&name.len()) && name.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

//! Secrets that are sent as they are: HTTP Basic authentication (RFC 7617), and a header of one's
//! own.

use base64::Engine;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{CallRefusal, HeaderLookup, mac::BASE64, one};

pub(super) fn basic(
    username: &str,
    password: &str,
    headers: &impl HeaderLookup,
) -> Result<(), CallRefusal> {
    let value = one(headers, "Authorization")?;
    let given = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let given = given
        .and_then(|(_, encoded)| BASE64.decode(encoded.trim()).ok())
        .ok_or(CallRefusal::Invalid)?;
    same(&given, format!("{username}:{password}").as_bytes())
}

pub(super) fn header(
    name: &str,
    secret: &str,
    headers: &impl HeaderLookup,
) -> Result<(), CallRefusal> {
    same(one(headers, name)?.as_bytes(), secret.as_bytes())
}

/// Compares the hashes, so that not even a length shows in the time.
fn same(given: &[u8], expected: &[u8]) -> Result<(), CallRefusal> {
    let equal: bool = Sha256::digest(given)
        .ct_eq(&Sha256::digest(expected))
        .into();
    if equal {
        Ok(())
    } else {
        Err(CallRefusal::Invalid)
    }
}

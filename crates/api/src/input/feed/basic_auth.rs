//! Basic authentication: a secret `Authorization` header made of a user name and a password.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Invalid,
    feed::{FeedHeader, FeedVault},
};
use serde::Deserialize;

use super::headers::ReadHeaders;

const AUTHORIZATION: &str = "Authorization";
const MAX_USERNAME: usize = 255;
const MAX_PASSWORD: usize = 1024;

/// User name and password that become an `Authorization` header; shorthand for a secret header.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedBasicAuthInput)]
pub(crate) struct BasicAuthInput {
    #[schema(example = "hookyard", min_length = 1, max_length = 255)]
    username: String,
    /// Stored encrypted and never shown again; `null` keeps the one that is there already.
    #[serde(default)]
    #[schema(max_length = 1024)]
    password: Option<String>,
}

/// Takes the header of basic authentication out of a feed's headers.
pub(super) fn take(headers: &mut Vec<FeedHeader>) -> Option<FeedHeader> {
    let at = headers
        .iter()
        .position(|header| header.basic_auth.is_some())?;
    Some(headers.remove(at))
}

/// Adds the header of basic authentication, unless there is another `Authorization`.
pub(super) fn add(read: &mut ReadHeaders, basic_auth: Option<FeedHeader>, invalid: &mut Invalid) {
    let Some(header) = basic_auth else { return };
    if read
        .headers
        .iter()
        .any(|other| other.name.eq_ignore_ascii_case(AUTHORIZATION))
    {
        let detail = "There is an Authorization header already. Leave it out, or clear basic_auth with null.";
        return invalid.push("/basic_auth", "conflicts_with_header", detail);
    }
    read.headers.push(header);
    read.places
        .resize(read.headers.len(), "/basic_auth".to_owned());
}

/// Basic authentication that is there already and that nothing is said of. When requests go
/// elsewhere, its password neither follows nor is dropped without a word.
pub(super) fn stay(
    stored: Option<FeedHeader>,
    is_moved: bool,
    invalid: &mut Invalid,
) -> Option<FeedHeader> {
    if is_moved && stored.is_some() {
        let detail = "The URL's scheme, host or port changes: send basic_auth with its password again, or as null.";
        invalid.push("/basic_auth/password", "required", detail);
    }
    stored
}

/// The header for a user name and a password (RFC 7617). Without a password it takes the one that
/// is stored.
pub(super) fn header(
    vault: FeedVault<'_>,
    input: BasicAuthInput,
    stored: Option<&FeedHeader>,
    invalid: &mut Invalid,
) -> Option<FeedHeader> {
    let before = invalid.0.len();
    let BasicAuthInput { username, password } = input;
    let username = username.trim().to_owned();
    if !(1..=MAX_USERNAME).contains(&username.len())
        || username.contains(':')
        || username.chars().any(char::is_control)
    {
        let detail = "Use 1 to 255 bytes without colons and control characters.";
        invalid.push("/basic_auth/username", "invalid_username", detail);
    }
    let password = password.or_else(|| stored_password(vault, stored?));
    match &password {
        None => {
            let detail = "Send the password; none is stored for this URL's scheme, host and port. Clear basic_auth with null if none is needed.";
            invalid.push("/basic_auth/password", "required", detail);
        }
        Some(password)
            if password.len() > MAX_PASSWORD || password.chars().any(char::is_control) =>
        {
            let detail = "Use at most 1024 bytes without control characters.";
            invalid.push("/basic_auth/password", "invalid_password", detail);
        }
        Some(_) => {}
    }
    let password = password.filter(|_| invalid.0.len() == before)?;
    let value = vault.seal_header(&format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    ));
    Some(FeedHeader {
        name: AUTHORIZATION.into(),
        value,
        secret: true,
        basic_auth: Some(username),
    })
}

fn stored_password(vault: FeedVault<'_>, header: &FeedHeader) -> Option<String> {
    let value = vault.open_header(&header.value).ok()?;
    let pair = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?).ok()?).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        id::FeedId,
        vault::{MasterKey, Vault},
    };

    #[test]
    fn basic_auth_becomes_a_header_and_keeps_its_password() {
        let vault = Vault::new(&MasterKey::generate());
        let vault = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let make = |username: &str, password: Option<&str>, stored: Option<&FeedHeader>| {
            let input = BasicAuthInput {
                username: username.into(),
                password: password.map(str::to_owned),
            };
            let mut invalid = Invalid::default();
            let header = header(vault, input, stored, &mut invalid);
            header.ok_or_else(|| {
                invalid
                    .0
                    .into_iter()
                    .map(|error| error.pointer)
                    .collect::<Vec<_>>()
            })
        };
        let sent = |header: &FeedHeader| vault.open_header(&header.value).unwrap();
        // RFC 7617, 2: the user name and password of its example.
        let first = make("Aladdin", Some("open sesame"), None).unwrap();
        assert_eq!(sent(&first), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let renamed = make("Jasmine", None, Some(&first)).unwrap();
        assert_eq!(
            (sent(&renamed), renamed.basic_auth.as_deref()),
            (
                format!("Basic {}", STANDARD.encode("Jasmine:open sesame")),
                Some("Jasmine")
            )
        );
        let colon = make("a", Some("b:c"), None).unwrap();
        assert_eq!(sent(&make("a", None, Some(&colon)).unwrap()), sent(&colon));
        assert_eq!(make("a", None, None).unwrap_err(), ["/basic_auth/password"]);
        assert_eq!(
            make("a:b", Some("x\ny"), None).unwrap_err(),
            ["/basic_auth/username", "/basic_auth/password"]
        );
        assert_eq!(
            make("", Some(""), None).unwrap_err(),
            ["/basic_auth/username"]
        );
    }
}

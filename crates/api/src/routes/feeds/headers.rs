//! A feed's headers: values of secret ones are sealed, kept when they are not sent again, and
//! cleared when the requests would go elsewhere. Basic authentication is such a header, too.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Invalid,
    feed::{FeedVault, Header, header_value},
};
use url::Url;

use super::input::{BasicAuthInput, HeaderInput};

const AUTHORIZATION: &str = "Authorization";
const MAX_USERNAME: usize = 255;
const MAX_PASSWORD: usize = 1024;

/// Headers as far as they can be read, and where each came from: the pointer of its errors.
#[derive(Default)]
pub(super) struct ReadHeaders {
    pub(super) headers: Vec<Header>,
    pub(super) places: Vec<String>,
}

impl ReadHeaders {
    /// Headers that are there already.
    pub(super) fn of(headers: Vec<Header>) -> Self {
        let places = (0..headers.len())
            .map(|i| format!("/headers/{i}"))
            .collect();
        Self { headers, places }
    }
}

/// Reads the headers that were sent. One with an empty value is left out; a secret one without a
/// value takes the value that is stored under its name. What is wrong goes into `invalid`:
/// `required` for a value that is neither sent nor stored, `invalid_header_value` for a secret one
/// that cannot be sent.
pub(super) fn read(
    vault: FeedVault<'_>,
    inputs: Vec<HeaderInput>,
    mut stored: Vec<Header>,
    invalid: &mut Invalid,
) -> ReadHeaders {
    let mut read = ReadHeaders::default();
    for (
        i,
        HeaderInput {
            name,
            value,
            secret,
        },
    ) in inputs.into_iter().enumerate()
    {
        let pointer = format!("/headers/{i}/value");
        let value = match (value, secret) {
            (Some(value), _) if value.is_empty() => continue,
            (Some(value), false) => Some(value),
            (Some(value), true) => match header_value(&pointer, &value) {
                Ok(()) => Some(vault.seal_header(&value)),
                Err(error) => {
                    invalid.0.extend(error.0);
                    continue;
                }
            },
            (None, true) => take_stored(&name, &mut stored),
            (None, false) => None,
        };
        match value {
            Some(value) => {
                read.headers.push(Header {
                    name,
                    value,
                    secret,
                    basic_auth: None,
                });
                read.places.push(format!("/headers/{i}"));
            }
            None => invalid.push(
                pointer,
                "required",
                "Send the value; none is stored under this name for this URL's host.",
            ),
        }
    }
    read
}

/// Headers of one name may occur several times: each takes its own.
fn take_stored(name: &str, stored: &mut Vec<Header>) -> Option<String> {
    let at = stored
        .iter()
        .position(|header| header.secret && header.name.eq_ignore_ascii_case(name))?;
    Some(stored.remove(at).value)
}

/// Takes the header of basic authentication out of a feed's headers.
pub(super) fn take_basic_auth(headers: &mut Vec<Header>) -> Option<Header> {
    let at = headers
        .iter()
        .position(|header| header.basic_auth.is_some())?;
    Some(headers.remove(at))
}

/// Adds the header of basic authentication, unless there is another `Authorization`.
pub(super) fn add_basic_auth(
    read: &mut ReadHeaders,
    basic_auth: Option<Header>,
    invalid: &mut Invalid,
) {
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

/// The header for a user name and a password (RFC 7617). Without a password it takes the one that
/// is stored.
pub(super) fn basic_auth(
    vault: FeedVault<'_>,
    input: BasicAuthInput,
    stored: Option<&Header>,
    invalid: &mut Invalid,
) -> Option<Header> {
    let before = invalid.0.len();
    let BasicAuthInput { username, password } = input;
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
            let detail = "Send the password; none is stored for this URL's host.";
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
    Some(Header {
        name: AUTHORIZATION.into(),
        value,
        secret: true,
        basic_auth: Some(username),
    })
}

fn stored_password(vault: FeedVault<'_>, header: &Header) -> Option<String> {
    let value = vault.open_header(&header.value).ok()?;
    let pair = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?).ok()?).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

/// Drops secret headers when the requests would go to another host than the one that they were
/// entered for. (A draft without a URL had none.)
pub(super) fn clear_for_another_host(
    headers: &mut Vec<Header>,
    before: Option<&str>,
    after: Option<&str>,
) {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    if before.is_some_and(|before| origin(before) != after.and_then(origin)) {
        headers.retain(|header| !header.secret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        id::FeedId,
        vault::{MasterKey, Vault},
    };

    fn input(name: &str, value: Option<&str>, secret: bool) -> HeaderInput {
        HeaderInput {
            name: name.into(),
            value: value.map(str::to_owned),
            secret,
        }
    }

    #[test]
    fn secret_values_are_sealed_and_kept_by_name() {
        let vault = Vault::new(&MasterKey::generate());
        let vault = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let read_all = |inputs, stored| {
            let mut invalid = Invalid::default();
            let read = read(vault, inputs, stored, &mut invalid);
            (
                read,
                invalid
                    .0
                    .into_iter()
                    .map(|error| (error.pointer, error.code))
                    .collect::<Vec<_>>(),
            )
        };
        let inputs = vec![
            input("X-A", Some("one"), true),
            input("X-Empty", Some(""), false),
            input("X-B", Some("two"), false),
        ];
        let (ReadHeaders { headers, places }, errors) = read_all(inputs, Vec::new());
        assert_eq!(
            (errors, places),
            (
                vec![],
                vec!["/headers/0".to_owned(), "/headers/2".to_owned()]
            )
        );
        assert_ne!(headers[0].value, "one");
        assert_eq!(headers[1].value, "two");
        let (kept, _) = read_all(vec![input("x-a", None, true)], headers.clone());
        assert_eq!(kept.headers[0].value, headers[0].value);
        for (inputs, at, code) in [
            (
                vec![input("x-a", None, true), input("x-a", None, true)],
                1,
                "required",
            ),
            (vec![input("X-C", None, true)], 0, "required"),
            (vec![input("X-B", None, true)], 0, "required"),
            (vec![input("X-A", None, false)], 0, "required"),
            (
                vec![input("X-A", Some("a\nb"), true)],
                0,
                "invalid_header_value",
            ),
        ] {
            assert_eq!(
                read_all(inputs, headers.clone()).1,
                [(format!("/headers/{at}/value"), code)]
            );
        }
    }

    #[test]
    fn basic_auth_becomes_a_header_and_keeps_its_password() {
        let vault = Vault::new(&MasterKey::generate());
        let vault = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let make = |username: &str, password: Option<&str>, stored: Option<&Header>| {
            let input = BasicAuthInput {
                username: username.into(),
                password: password.map(str::to_owned),
            };
            let mut invalid = Invalid::default();
            let header = basic_auth(vault, input, stored, &mut invalid);
            header.ok_or_else(|| {
                invalid
                    .0
                    .into_iter()
                    .map(|error| error.pointer)
                    .collect::<Vec<_>>()
            })
        };
        let sent = |header: &Header| vault.open_header(&header.value).unwrap();
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

    #[test]
    fn another_host_clears_secrets() {
        let header = |name: &str, secret| Header {
            name: name.into(),
            value: "v".into(),
            secret,
            basic_auth: None,
        };
        let headers = vec![header("X-A", true), header("X-B", false)];
        for (before, after, left) in [
            (
                Some("https://a.example/x"),
                Some("https://a.example/y?z=1"),
                2,
            ),
            (
                Some("https://a.example/x"),
                Some("https://A.example:443/x"),
                2,
            ),
            (Some("https://a.example/x"), Some("https://b.example/x"), 1),
            (Some("https://a.example/x"), Some("http://a.example/x"), 1),
            (Some("https://a.example/x"), None, 1),
            (None, Some("https://a.example/x"), 2),
            (None, None, 2),
        ] {
            let mut headers = headers.clone();
            clear_for_another_host(&mut headers, before, after);
            assert_eq!(headers.len(), left, "{before:?} → {after:?}");
        }
    }
}

//! A feed's headers: values of secret ones are sealed, kept when they are not sent again, and
//! cleared when the requests would go elsewhere.

use domain::{
    Invalid,
    feed::{FeedHeader, FeedVault, header_value},
};
use serde::Deserialize;
use url::Url;

/// A header that is sent with every request.
#[derive(Deserialize, Clone, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FeedHeaderInput)]
pub(crate) struct HeaderInput {
    #[schema(example = "X-Api-Key", max_length = 100)]
    name: String,
    /// `null` keeps the value of a secret header that is there already; a row with an empty value
    /// is left out.
    #[serde(default)]
    #[schema(example = "4fj2", max_length = 8192)]
    value: Option<String>,
    /// A secret value is stored encrypted and never shown again.
    #[serde(default)]
    #[schema(required = false)]
    secret: bool,
}

/// Headers as far as they can be read, and where each came from: the pointer of its errors.
#[derive(Default)]
pub(super) struct ReadHeaders {
    pub(super) headers: Vec<FeedHeader>,
    pub(super) places: Vec<String>,
}

impl ReadHeaders {
    /// Headers that are there already.
    pub(super) fn of(headers: Vec<FeedHeader>) -> Self {
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
    mut stored: Vec<FeedHeader>,
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
                read.headers.push(FeedHeader {
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
fn take_stored(name: &str, stored: &mut Vec<FeedHeader>) -> Option<String> {
    let at = stored
        .iter()
        .position(|header| header.secret && header.name.eq_ignore_ascii_case(name))?;
    Some(stored.remove(at).value)
}

/// Drops secret headers when the requests would go to another host than the one that they were
/// entered for. (A draft without a URL had none.)
pub(super) fn clear_for_another_host(
    headers: &mut Vec<FeedHeader>,
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
    fn another_host_clears_secrets() {
        let header = |name: &str, secret| FeedHeader {
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

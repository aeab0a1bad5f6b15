//! A feed's headers: values of secret ones are sealed, kept when they are not sent again, and needed
//! anew when the requests would go elsewhere.

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
    /// Headers that are there already. When requests go elsewhere, a secret one neither follows nor
    /// is dropped without a word: it has to be sent again or removed.
    pub(super) fn of(headers: Vec<FeedHeader>, is_moved: bool, invalid: &mut Invalid) -> Self {
        let places = (0..headers.len()).map(|i| format!("/headers/{i}"));
        let places: Vec<_> = places.collect();
        for (place, _) in places
            .iter()
            .zip(&headers)
            .filter(|(_, h)| is_moved && h.secret)
        {
            let detail = "The URL's scheme, host or port changes: send headers with this value again, or without this header.";
            invalid.push(format!("{place}/value"), "required", detail);
        }
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
        let name = name.trim().to_owned();
        let value = value.map(|value| value.trim().to_owned());
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
                "Send the value; none is stored under this name for this URL's scheme, host and port.",
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

/// Whether requests would go to another origin (scheme, host or port) than before, also when the URL
/// is taken away: what is secret was entered for the old one. (A draft without a URL has entered it
/// for the one to come.)
pub(super) fn is_moved(before: Option<&str>, after: Option<&str>) -> bool {
    let origin = |url: &str| Url::parse(url.trim()).ok().map(|url| url.origin());
    before.is_some_and(|before| origin(before) != after.and_then(origin))
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
    fn another_origin_needs_secrets_anew() {
        let header = |name: &str, secret| FeedHeader {
            name: name.into(),
            value: "v".into(),
            secret,
            basic_auth: None,
        };
        let headers = vec![header("X-B", false), header("X-A", true)];
        let a = Some("https://a.example/x");
        for (before, after, expected) in [
            (a, Some("https://a.example/y?z=1"), false),
            (a, Some(" https://A.example:443/x"), false),
            (a, Some("https://b.example/x"), true),
            (a, Some("http://a.example/x"), true),
            (a, Some("https://a.example:8443/x"), true),
            (a, None, true),
            (None, a, false),
            (None, None, false),
        ] {
            let moved = is_moved(before, after);
            assert_eq!(moved, expected, "{before:?} → {after:?}");
            let mut invalid = Invalid::default();
            ReadHeaders::of(headers.clone(), moved, &mut invalid);
            let pointers: Vec<_> = invalid.0.iter().map(|e| e.pointer.as_str()).collect();
            let secret: &[&str] = if expected { &["/headers/1/value"] } else { &[] };
            assert_eq!(pointers, secret, "{before:?} → {after:?}");
        }
    }
}

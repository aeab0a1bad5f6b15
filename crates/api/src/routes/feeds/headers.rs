//! A feed's headers: values of secret ones are sealed, kept when they are not sent again, and cleared when the requests
//! would go elsewhere.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Invalid,
    feed::{Header, header_value},
    id::FeedId,
    vault::Vault,
};
use url::Url;

use super::input::HeaderInput;

/// Seals the values of one feed's secret headers.
pub(super) struct Sealer<'a> {
    pub(super) vault: &'a Vault,
    pub(super) feed: FeedId,
}

impl Sealer<'_> {
    fn seal(&self, value: &str) -> String {
        STANDARD.encode(self.vault.seal(&format!("feed header {}", self.feed), value.as_bytes()))
    }

    /// The headers that were sent. A secret one without a value takes the value that is stored under its name.
    ///
    /// # Errors
    /// `required` for a value that is neither sent nor stored, `invalid_header_value` for a secret one that cannot be sent.
    pub(super) fn read(&self, inputs: Vec<HeaderInput>, mut stored: Vec<Header>) -> Result<Vec<Header>, Invalid> {
        let (mut headers, mut invalid) = (Vec::with_capacity(inputs.len()), Invalid::default());
        for (i, input) in inputs.into_iter().enumerate() {
            let pointer = format!("/headers/{i}/value");
            let value = match (input.value, input.secret) {
                (Some(value), false) => Some(value),
                (Some(value), true) => invalid.take(header_value(&pointer, &value)).map(|()| self.seal(&value)),
                (None, true) => take_stored(&input.name, &mut stored),
                (None, false) => None,
            };
            // What was wrong with a value was noted; a missing one is noted here.
            match value {
                Some(value) => headers.push(Header { name: input.name, value, secret: input.secret }),
                None if invalid.0.iter().any(|error| error.pointer == pointer) => {}
                None => invalid.push(pointer, "required", "Send the value; none is stored under this name for this URL's host."),
            }
        }
        invalid.or(headers)
    }
}

/// Headers of one name may occur several times: each takes its own.
fn take_stored(name: &str, stored: &mut Vec<Header>) -> Option<String> {
    let at = stored.iter().position(|header| header.secret && header.name.eq_ignore_ascii_case(name))?;
    Some(stored.remove(at).value)
}

/// Drops secret headers when the requests would go to another host than the one that they were entered for. (A draft
/// without a URL had none.)
pub(super) fn clear_for_another_host(headers: &mut Vec<Header>, before: Option<&str>, after: Option<&str>) {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    if before.is_some_and(|before| origin(before) != after.and_then(origin)) {
        headers.retain(|header| !header.secret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vault::MasterKey;

    fn input(name: &str, value: Option<&str>, secret: bool) -> HeaderInput {
        HeaderInput { name: name.into(), value: value.map(str::to_owned), secret }
    }

    #[test]
    fn secret_values_are_sealed_and_kept_by_name() {
        let vault = Vault::new(&MasterKey::generate());
        let sealer = Sealer { vault: &vault, feed: FeedId::generate() };
        let headers = sealer.read(vec![input("X-A", Some("one"), true), input("X-B", Some("two"), false)], Vec::new()).unwrap();
        assert_ne!(headers[0].value, "one");
        assert_eq!(headers[1].value, "two");
        let kept = sealer.read(vec![input("x-a", None, true)], headers.clone()).unwrap();
        assert_eq!(kept[0].value, headers[0].value);
        for (inputs, code) in [
            (vec![input("x-a", None, true), input("x-a", None, true)], "required"),
            (vec![input("X-C", None, true)], "required"),
            (vec![input("X-B", None, true)], "required"),
            (vec![input("X-A", None, false)], "required"),
            (vec![input("X-A", Some("a\nb"), true)], "invalid_header_value"),
        ] {
            let error = sealer.read(inputs, headers.clone()).unwrap_err();
            assert_eq!(error.0.iter().map(|e| e.code).collect::<Vec<_>>(), [code]);
        }
    }

    #[test]
    fn another_host_clears_secrets() {
        let headers = vec![
            Header { name: "X-A".into(), value: "sealed".into(), secret: true },
            Header { name: "X-B".into(), value: "two".into(), secret: false },
        ];
        for (before, after, left) in [
            (Some("https://a.example/x"), Some("https://a.example/y?z=1"), 2),
            (Some("https://a.example/x"), Some("https://A.example:443/x"), 2),
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

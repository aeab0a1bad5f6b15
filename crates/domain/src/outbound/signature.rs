//! Standard Webhooks signatures: `webhook-signature: v1,<base64 of HMAC-SHA256 over
//! "id.timestamp.body">`, and for feeds that want it `v1a,<base64 of Ed25519 over the same>`.

mod asymmetric;

use std::{fmt, str::FromStr};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

pub use asymmetric::{InvalidKey, SigningKey};

use crate::words::words;

words! {
    /// What a feed's requests are signed with: the shared secret, the key pair, or both.
    SignatureKind { V1 = "v1", V1a = "v1a", Both = "v1,v1a" }
}

impl SignatureKind {
    /// Whether requests carry a `v1` signature.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::V1 | Self::Both)
    }

    /// Whether requests carry a `v1a` signature.
    pub const fn has_key(self) -> bool {
        matches!(self, Self::V1a | Self::Both)
    }
}

const PREFIX: &str = "whsec_";

/// Padded when written, as the specification says; read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A feed's signing key: 24 to 64 bytes, written `whsec_` and their base64. `Debug` never shows it.
#[derive(Clone)]
pub struct SigningSecret(SecretBox<KeyBytes>);

#[derive(Clone)]
struct KeyBytes(Vec<u8>);

impl secrecy::zeroize::Zeroize for KeyBytes {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
impl secrecy::CloneableSecret for KeyBytes {}

/// The text is not a signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct InvalidSecret;

impl SigningSecret {
    /// A new secret of 256 bits that a random source gave.
    pub fn generate(random: [u8; 32]) -> Self {
        Self::from_key(random.to_vec())
    }

    /// The secret in text form; do not log it.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0.expose_secret().0))
    }

    /// The key itself, to compare with what others signed.
    pub(crate) fn key(&self) -> &[u8] {
        &self.0.expose_secret().0
    }

    fn from_key(key: Vec<u8>) -> Self {
        Self(SecretBox::new(Box::new(KeyBytes(key))))
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn sign(&self, webhook_id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0.expose_secret().0)
            .expect("HMAC takes keys of any length");
        mac.update(webhook_id.as_bytes());
        mac.update(format!(".{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for SigningSecret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        let key = BASE64.decode(encoded).map_err(|_| InvalidSecret)?;
        if (24..=64).contains(&key.len()) {
            Ok(Self::from_key(key))
        } else {
            Err(InvalidSecret)
        }
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// The value of `webhook-signature`: one signature per secret, separated by spaces (old and new
/// while a rotation's grace runs).
///
/// `timestamp` is in Unix seconds and must be the `webhook-timestamp` that is sent; `body` is the
/// exact bytes of the body, or of the query string for GET.
pub fn sign(secrets: &[&SigningSecret], webhook_id: &str, timestamp: i64, body: &[u8]) -> String {
    sign_with(secrets.iter().copied(), [], webhook_id, timestamp, body)
}

/// [`sign`] with secrets and with key pairs.
pub fn sign_with<'a>(
    secrets: impl IntoIterator<Item = &'a SigningSecret>,
    keys: impl IntoIterator<Item = &'a SigningKey>,
    webhook_id: &str,
    timestamp: i64,
    body: &[u8],
) -> String {
    let secrets = secrets
        .into_iter()
        .map(|secret| secret.sign(webhook_id, timestamp, body));
    let keys = keys
        .into_iter()
        .map(|key| key.sign(webhook_id, timestamp, body));
    secrets.chain(keys).collect::<Vec<_>>().join(" ")
}

/// What a signature covers.
pub fn content(webhook_id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    [
        webhook_id.as_bytes(),
        format!(".{timestamp}.").as_bytes(),
        body,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use standardwebhooks::Webhook;

    fn secret(text: &str) -> SigningSecret {
        text.parse().unwrap()
    }

    #[test]
    fn the_published_vectors() {
        let first = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        assert_eq!(
            sign(&[&first], id, 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        let second = secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let (id, body) = (
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            br#"{"email":"test@example.com","username":"test_user"}"#,
        );
        assert_eq!(
            sign(&[&second], id, 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn the_reference_library_signs_alike_and_verifies_each_of_two() {
        let now = chrono::Utc::now().timestamp();
        let (old, new) = (
            SigningSecret::generate([7; 32]),
            SigningSecret::generate([8; 32]),
        );
        for body in [
            "",
            "{}",
            "a=1&b=%C3%A9",
            "{\"t\":\"é🎉\"}",
            &"x".repeat(100_000),
        ] {
            let both = sign(&[&old, &new], "msg_1", now, body.as_bytes());
            for secret in [&old, &new] {
                let library = Webhook::new(&secret.expose()).unwrap();
                assert_eq!(
                    library.sign("msg_1", now, body.as_bytes()).unwrap(),
                    sign(&[secret], "msg_1", now, body.as_bytes())
                );
                assert!(
                    both.split(' ')
                        .any(|one| one == sign(&[secret], "msg_1", now, body.as_bytes()))
                );
            }
            assert_eq!(both.split(' ').count(), 2);
        }
    }

    #[test]
    fn anything_that_changes_changes_the_signature() {
        let secret = SigningSecret::generate([1; 32]);
        let signed = sign(&[&secret], "msg_1", 1000, b"body");
        assert_ne!(signed, sign(&[&secret], "msg_2", 1000, b"body"));
        assert_ne!(signed, sign(&[&secret], "msg_1", 1001, b"body"));
        assert_ne!(signed, sign(&[&secret], "msg_1", 1000, b"body "));
        assert_ne!(
            signed,
            sign(&[&SigningSecret::generate([2; 32])], "msg_1", 1000, b"body")
        );
        assert_ne!(
            sign(&[&secret], "m", 1, &[0xff]),
            sign(&[&secret], "m", 1, &[0xfe]),
            "bytes that are no text"
        );
        assert_eq!(sign(&[], "msg_1", 1000, b"body"), "");
    }

    #[test]
    fn secrets_are_24_to_64_bytes_and_never_shown() {
        let of = |bytes: usize| format!("whsec_{}", BASE64.encode(vec![b'k'; bytes]));
        for bytes in [24, 25, 26, 32, 64] {
            let text = of(bytes);
            assert_eq!(secret(&text).expose(), text);
            assert_eq!(secret(text.trim_end_matches('=')).expose(), text);
        }
        for text in [
            of(23),
            of(65),
            of(0),
            of(32).replace("whsec_", ""),
            of(32).replace("whsec_", "WHSEC_"),
            of(32) + " ",
            "whsec_!!!".into(),
        ] {
            assert_eq!(
                text.parse::<SigningSecret>().unwrap_err(),
                InvalidSecret,
                "{text}"
            );
        }
        assert_eq!(format!("{:?}", secret(&of(24))), "SigningSecret(…)");
    }
}

//! Ed25519 signatures (`v1a`): receivers verify them with a public key and cannot sign themselves.

use std::{fmt, str::FromStr};

use base64::Engine;
use ring::signature::{Ed25519KeyPair, KeyPair};
use secrecy::{ExposeSecret, SecretBox};

use super::{BASE64, content};

const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";

/// A feed's key pair, written `whsk_` and the base64 of seed and public key. `Debug` shows the
/// public key only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    seed: SecretBox<[u8; 32]>,
}

/// The text is not a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing key is whsk_ and the base64 of an ed25519 seed and its public key")]
pub struct InvalidKey;

impl SigningKey {
    /// The key pair of a seed that a random source gave.
    #[expect(
        clippy::expect_used,
        reason = "every 32 bytes are the seed of a key pair"
    )]
    pub fn generate(seed: [u8; 32]) -> Self {
        Self {
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed has 32 bytes"),
            seed: SecretBox::new(Box::new(seed)),
        }
    }

    /// The private key in text form; do not log it.
    pub fn expose(&self) -> String {
        let public = self.pair.public_key();
        format!(
            "{PRIVATE}{}",
            BASE64.encode([self.seed.expose_secret().as_slice(), public.as_ref()].concat())
        )
    }

    /// The public key in text form, for receivers.
    pub fn public(&self) -> String {
        format!("{PUBLIC}{}", BASE64.encode(self.pair.public_key()))
    }

    /// One signature.
    pub(super) fn sign(&self, webhook_id: &str, timestamp: i64, body: &[u8]) -> String {
        format!(
            "v1a,{}",
            BASE64.encode(self.pair.sign(&content(webhook_id, timestamp, body)))
        )
    }
}

impl FromStr for SigningKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let bytes = BASE64
            .decode(text.strip_prefix(PRIVATE).ok_or(InvalidKey)?)
            .map_err(|_| InvalidKey)?;
        let (seed, public) = bytes.split_first_chunk::<32>().ok_or(InvalidKey)?;
        let pair =
            Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(|_| InvalidKey)?;
        Ok(Self {
            pair,
            seed: SecretBox::new(Box::new(*seed)),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, TEST 1: a seed and its public key.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn key() -> SigningKey {
        SigningKey::generate(hex::decode(SEED).unwrap().try_into().unwrap())
    }

    #[test]
    fn keys_are_written_and_read_as_published() {
        let key = key();
        assert_eq!(
            key.public(),
            format!("whpk_{}", BASE64.encode(hex::decode(KEY).unwrap()))
        );
        assert_eq!(
            key.expose(),
            format!(
                "whsk_{}",
                BASE64.encode(hex::decode(format!("{SEED}{KEY}")).unwrap())
            )
        );
        assert_eq!(
            key.expose().parse::<SigningKey>().unwrap().public(),
            key.public()
        );
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public()));
        let other_public = format!(
            "whsk_{}",
            BASE64.encode(hex::decode(format!("{SEED}{SEED}")).unwrap())
        );
        for bad in [
            "",
            "whsk_",
            "whsk_AAAA",
            "whsk_!",
            key.public().as_str(),
            other_public.as_str(),
        ] {
            assert_eq!(bad.parse::<SigningKey>().unwrap_err(), InvalidKey, "{bad}");
        }
    }

    #[test]
    fn every_seed_has_a_key_pair() {
        for seed in [[0; 32], [0xff; 32], [1; 32]] {
            let key = SigningKey::generate(seed);
            assert_eq!(
                key.expose().parse::<SigningKey>().unwrap().public(),
                key.public()
            );
        }
    }

    #[test]
    fn another_library_s_rules_verify_what_is_signed() {
        let key = key();
        for body in [&b""[..], b"{}", b"a=1&b=%C3%A9", &[0xff, 0]] {
            let signed = key.sign("msg_1", 1000, body);
            let signature = BASE64.decode(signed.strip_prefix("v1a,").unwrap()).unwrap();
            let public = ring::signature::UnparsedPublicKey::new(
                &ring::signature::ED25519,
                hex::decode(KEY).unwrap(),
            );
            let message = [b"msg_1.1000.", body].concat();
            assert!(public.verify(&message, &signature).is_ok());
            assert!(
                public
                    .verify(&[message.as_slice(), b" "].concat(), &signature)
                    .is_err()
            );
            assert_eq!(
                signed,
                key.sign("msg_1", 1000, body),
                "ed25519 is deterministic"
            );
        }
    }
}

//! The keys of a feed as they are kept: sealed, each in the context of its feed, so that they
//! cannot be swapped.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    Instant,
    id::FeedId,
    outbound::signature::{SigningKey, SigningSecret},
    random,
    vault::{CannotDecrypt, Vault},
};

/// Most replaced secrets that may sign at once.
pub const MAX_PREVIOUS: usize = 5;
/// How long a replaced secret signs at most, in seconds, and how long unless something else is
/// asked for.
pub const MAX_GRACE_SECONDS: u32 = 7 * 24 * 3600;
pub const GRACE_SECONDS: u32 = 24 * 3600;

/// A signing secret that a rotation replaced, with the key pair of its time, both sealed, and until
/// when they still sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    pub sealed: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_key: Option<String>,
    pub expires_at: Instant,
}

/// What a feed's requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKeys {
    pub secret: Vec<u8>,
    /// The private key of `v1a`; made when the feed first asks for it.
    pub key: Option<Vec<u8>>,
    pub previous: Vec<PreviousSecret>,
}

/// As many replaced secrets as may sign do so already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyPrevious;

/// Seals and opens what belongs to one feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedVault<'a> {
    pub vault: &'a Vault,
    pub feed: FeedId,
}

impl FeedVault<'_> {
    /// Seals the value of a header; base64, because headers are kept as JSON.
    pub fn seal_header(&self, value: &str) -> String {
        STANDARD.encode(self.vault.seal(&self.header_context(), value.as_bytes()))
    }

    /// Opens the value of a header.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open_header(&self, sealed: &str) -> Result<String, CannotDecrypt> {
        self.vault
            .open_text(&self.header_context(), &decode(sealed)?)
    }

    /// A new signing secret, sealed.
    pub fn new_secret(&self) -> Vec<u8> {
        self.vault.seal(
            &self.secret_context(),
            SigningSecret::generate(random::bytes()).expose().as_bytes(),
        )
    }

    /// A new key pair: sealed, and its public key.
    pub fn new_key(&self) -> (Vec<u8>, String) {
        let key = SigningKey::generate(random::bytes());
        let sealed = self
            .vault
            .seal(&self.key_context(), key.expose().as_bytes());
        (sealed, key.public())
    }

    /// Opens a signing secret.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open_secret(&self, sealed: &[u8]) -> Result<SigningSecret, CannotDecrypt> {
        self.vault
            .open_text(&self.secret_context(), sealed)?
            .parse()
            .map_err(|_| CannotDecrypt)
    }

    /// Opens a key pair.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open_key(&self, sealed: &[u8]) -> Result<SigningKey, CannotDecrypt> {
        self.vault
            .open_text(&self.key_context(), sealed)?
            .parse()
            .map_err(|_| CannotDecrypt)
    }

    fn header_context(&self) -> String {
        format!("feed header {}", self.feed)
    }

    fn secret_context(&self) -> String {
        format!("feed secret {}", self.feed)
    }

    fn key_context(&self) -> String {
        format!("feed key {}", self.feed)
    }
}

impl SealedKeys {
    /// Replaces secret and key pair; gives the new public key. What is replaced goes on signing for
    /// `grace_seconds`; with 0 it ends at once, and so does everything that was replaced before:
    /// that is for a secret that leaked.
    ///
    /// # Errors
    /// [`TooManyPrevious`]; then nothing is changed.
    pub fn rotate(
        &mut self,
        vault: FeedVault<'_>,
        grace_seconds: u32,
        now: Instant,
    ) -> Result<Option<String>, TooManyPrevious> {
        self.previous
            .retain(|previous| previous.expires_at > now && grace_seconds > 0);
        if self.previous.len() >= MAX_PREVIOUS {
            return Err(TooManyPrevious);
        }
        if grace_seconds > 0 {
            let expires_at = now + chrono::TimeDelta::seconds(grace_seconds.into());
            let sealed_key = self.key.as_ref().map(|key| STANDARD.encode(key));
            self.previous.insert(
                0,
                PreviousSecret {
                    sealed: STANDARD.encode(&self.secret),
                    sealed_key,
                    expires_at,
                },
            );
        }
        self.secret = vault.new_secret();
        let key = self.key.is_some().then(|| vault.new_key());
        let (sealed, public) = key.unzip();
        self.key = sealed;
        Ok(public)
    }
}

impl PreviousSecret {
    /// Opens the secret.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open(&self, vault: FeedVault<'_>) -> Result<SigningSecret, CannotDecrypt> {
        vault.open_secret(&decode(&self.sealed)?)
    }

    /// Opens the key pair, if there was one.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open_key(&self, vault: FeedVault<'_>) -> Result<Option<SigningKey>, CannotDecrypt> {
        self.sealed_key
            .as_deref()
            .map(|sealed| vault.open_key(&decode(sealed)?))
            .transpose()
    }
}

fn decode(sealed: &str) -> Result<Vec<u8>, CannotDecrypt> {
    STANDARD.decode(sealed).map_err(|_| CannotDecrypt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::MasterKey;
    use chrono::TimeDelta;

    fn keys(vault: FeedVault<'_>) -> SealedKeys {
        SealedKeys {
            secret: vault.new_secret(),
            key: Some(vault.new_key().0),
            previous: Vec::new(),
        }
    }

    #[test]
    fn a_rotation_keeps_the_old_ones_for_its_grace_and_no_longer() {
        let vault = Vault::new(&MasterKey::generate());
        let vault = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let (mut keys, now) = (keys(vault), Instant::UNIX_EPOCH);
        let (secret, key) = (
            vault.open_secret(&keys.secret).unwrap().expose(),
            vault.open_key(keys.key.as_ref().unwrap()).unwrap().public(),
        );
        let public = keys.rotate(vault, 60, now).unwrap().unwrap();
        assert_eq!(
            public,
            vault.open_key(keys.key.as_ref().unwrap()).unwrap().public()
        );
        assert_ne!(public, key);
        assert_eq!(keys.previous[0].open(vault).unwrap().expose(), secret);
        assert_eq!(
            keys.previous[0].open_key(vault).unwrap().unwrap().public(),
            key
        );
        assert_eq!(keys.previous[0].expires_at, now + TimeDelta::seconds(60));
        keys.rotate(vault, 60, now + TimeDelta::seconds(60))
            .unwrap();
        assert_eq!(keys.previous.len(), 1, "the first one has expired");
        keys.rotate(vault, 0, now + TimeDelta::seconds(61)).unwrap();
        assert_eq!(keys.previous, [], "a leaked secret ends at once");
    }

    #[test]
    fn few_sign_at_once() {
        let vault = Vault::new(&MasterKey::generate());
        let vault = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let (mut keys, now) = (keys(vault), Instant::UNIX_EPOCH);
        for _ in 0..MAX_PREVIOUS {
            keys.rotate(vault, 60, now).unwrap();
        }
        let before = keys.clone();
        assert_eq!(
            (keys.rotate(vault, 60, now), &keys),
            (Err(TooManyPrevious), &before)
        );
        assert!(keys.rotate(vault, 0, now).is_ok());
    }

    #[test]
    fn what_is_sealed_belongs_to_its_feed() {
        let vault = Vault::new(&MasterKey::generate());
        let mine = FeedVault {
            vault: &vault,
            feed: FeedId::generate(),
        };
        let theirs = FeedVault {
            feed: FeedId::generate(),
            ..mine
        };
        let sealed = mine.seal_header("s3cret");
        assert_eq!(mine.open_header(&sealed).unwrap(), "s3cret");
        assert!(theirs.open_header(&sealed).is_err() && mine.open_header("no base64").is_err());
        assert!(theirs.open_secret(&mine.new_secret()).is_err());
        assert!(
            mine.open_key(&mine.new_secret()).is_err(),
            "a secret is no key"
        );
    }
}

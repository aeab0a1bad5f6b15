//! Encryption at rest: XChaCha20-Poly1305 under keys that are derived from the master key
//! (HKDF-SHA256, RFC 5869).

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::random;

const NONCE: usize = 24;

/// 32 bytes from which everything else is derived. `Debug` never shows them.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

/// The configured text is not a usable master key.
#[derive(Debug, thiserror::Error)]
#[error(
    "a master key is 32 random bytes in base64; make one with: head -c 32 /dev/urandom | base64"
)]
pub struct BadMasterKey;

impl MasterKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Reads base64. Keys with hardly any variety (all zero, samples) are refused.
    ///
    /// # Errors
    /// [`BadMasterKey`].
    pub fn parse(text: &str) -> Result<Self, BadMasterKey> {
        let bytes: [u8; 32] = STANDARD
            .decode(text.trim())
            .map_err(|_| BadMasterKey)?
            .try_into()
            .map_err(|_| BadMasterKey)?;
        let distinct = bytes.iter().collect::<std::collections::HashSet<_>>().len();
        if distinct < 8 {
            Err(BadMasterKey)
        } else {
            Ok(Self(bytes))
        }
    }

    /// Base64, for the key file.
    pub fn to_text(&self) -> String {
        STANDARD.encode(self.0)
    }

    #[expect(
        clippy::expect_used,
        reason = "HKDF gives up to 255 × 32 bytes, and 32 are asked for"
    )]
    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(purpose.as_bytes(), &mut key)
            .expect("32 bytes are within HKDF's limit");
        key
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Why a sealed value could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stored secret cannot be decrypted: is secrets.master_key the key that it was stored with?"
)]
pub struct CannotDecrypt;

/// Seals what is stored and signs what clients hand back.
#[derive(Clone)]
pub struct Vault(Arc<VaultKeys>);

struct VaultKeys {
    cipher: XChaCha20Poly1305,
    mac: [u8; 32],
}

impl Vault {
    /// A vault under this master key.
    pub fn new(master: &MasterKey) -> Self {
        let cipher = XChaCha20Poly1305::new(&master.derive("hookyard seal v1").into());
        Self(Arc::new(VaultKeys {
            cipher,
            mac: master.derive("hookyard mac v1"),
        }))
    }

    /// Encrypts; `context` (what it is, and whose) must be the same when opening, so that values
    /// cannot be swapped.
    #[expect(
        clippy::expect_used,
        reason = "the cipher refuses nothing but more than 256 GiB, which no caller can hold"
    )]
    pub fn seal(&self, context: &str, plain: &[u8]) -> Vec<u8> {
        // 192 random bits do not repeat, so one key may seal as much as it likes.
        let nonce = random::bytes::<NONCE>();
        let payload = Payload {
            msg: plain,
            aad: context.as_bytes(),
        };
        let body = self
            .0
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("the text is shorter than 256 GiB");
        [nonce.as_slice(), &body].concat()
    }

    /// Decrypts what [`Vault::seal`] made.
    ///
    /// # Errors
    /// [`CannotDecrypt`] for another key, another context or damage.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CannotDecrypt> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(CannotDecrypt)?;
        let payload = Payload {
            msg: body,
            aad: context.as_bytes(),
        };
        self.0
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| CannotDecrypt)
    }

    /// [`Vault::open`] for text.
    ///
    /// # Errors
    /// [`CannotDecrypt`].
    pub fn open_text(&self, context: &str, sealed: &[u8]) -> Result<String, CannotDecrypt> {
        String::from_utf8(self.open(context, sealed)?).map_err(|_| CannotDecrypt)
    }

    /// A tag of 16 bytes that only this vault can make.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn tag(&self, message: &[u8]) -> [u8; 16] {
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.0.mac)
            .expect("HMAC takes keys of any length");
        let full: [u8; 32] = mac.chain_update(message).finalize().into_bytes().into();
        *full.first_chunk().expect("32 bytes begin with 16 of them")
    }

    /// Whether `tag` belongs to `message`, in constant time.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        self.tag(message).ct_eq(tag).into()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_context_and_under_its_key() {
        let vault = Vault::new(&MasterKey::generate());
        let sealed = vault.seal("feed secret feed_1", b"whsec_x");
        assert!(!sealed.windows(7).any(|w| w == b"whsec_x"));
        assert_eq!(
            vault.open_text("feed secret feed_1", &sealed).unwrap(),
            "whsec_x"
        );
        assert!(vault.open("feed secret feed_2", &sealed).is_err());
        assert!(
            Vault::new(&MasterKey::generate())
                .open("feed secret feed_1", &sealed)
                .is_err()
        );
        assert!(vault.open("feed secret feed_1", &sealed[..10]).is_err());
    }

    #[test]
    fn what_is_sealed_is_never_the_same_and_has_the_length_of_its_text() {
        let vault = Vault::new(&MasterKey([7; 32]));
        for length in [0, 1, 63, 64, 65, 100_000] {
            let plain = vec![b'x'; length];
            let (one, other) = (vault.seal("c", &plain), vault.seal("c", &plain));
            assert_eq!(one.len(), NONCE + length + 16);
            assert_ne!(one, other);
            assert_ne!(one[..NONCE], other[..NONCE], "a nonce is used once");
            assert_eq!(vault.open("c", &one).unwrap(), plain);
            assert_eq!(vault.open("c", &other).unwrap(), plain);
        }
    }

    /// Computed with another implementation: what is stored stays readable.
    #[test]
    fn keys_are_derived_as_they_always_were() {
        let master = MasterKey(std::array::from_fn(|i| i as u8));
        assert_eq!(
            hex::encode(master.derive("hookyard seal v1")),
            "ae487d4be5f922c223dc05ee2fb6f4b15e104a8e2b97445de9f856258873b1f7"
        );
        assert_eq!(
            hex::encode(Vault::new(&master).tag(b"message")),
            "1a474a7be3a332bfbf652683641660e9"
        );
        let sealed = hex::decode("000102030405060708090a0b0c0d0e0f101112131415161766e1c6889b603986a8ad451bcaa94bfaf188d05bc375a7").unwrap();
        assert_eq!(
            Vault::new(&master)
                .open_text("feed secret feed_1", &sealed)
                .unwrap(),
            "whsec_x"
        );
    }

    #[test]
    fn tags_are_bound_to_their_message() {
        let vault = Vault::new(&MasterKey::generate());
        assert!(vault.verify(b"a", &vault.tag(b"a")));
        assert!(!vault.verify(b"b", &vault.tag(b"a")));
    }

    #[test]
    fn sample_master_keys_are_refused() {
        assert!(MasterKey::parse(&STANDARD.encode([0; 32])).is_err());
        assert!(MasterKey::parse("c2hvcnQ=").is_err());
        let key = MasterKey::generate();
        assert_eq!(MasterKey::parse(&key.to_text()).unwrap().0, key.0);
    }
}

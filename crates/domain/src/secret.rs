//! Secrets that we hand out: URL tokens and API keys. Whoever holds one may act, so only its hash
//! is looked up.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::random;

/// SHA-256 of a secret. The secrets have 192 random bits, so a fast hash is enough.
pub type SecretHash = [u8; 32];

/// A random secret in text form. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 192 random bits, after `prefix`.
    pub fn generate(prefix: &str) -> Self {
        let bytes = random::bytes::<24>();
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A token that somebody presented or an operator configured.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself; do not log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is looked up by.
    pub fn hash(&self) -> SecretHash {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_url_safe_and_never_the_same() {
        let (a, b) = (Token::generate("hyk_"), Token::generate("hyk_"));
        assert_ne!(a, b);
        assert_eq!(a.expose().len(), 4 + 32);
        assert!(
            a.expose()
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
        );
        assert_ne!(a.hash(), b.hash());
        assert_eq!(format!("{a:?}"), "Token(…)");
    }
}

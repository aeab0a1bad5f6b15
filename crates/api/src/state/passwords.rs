//! Hashing passwords: Argon2id (RFC 9106) in PHC form, on blocking threads, few at a time.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, PasswordHasher, Version};
use domain::community::password::Password;
use tokio::sync::Semaphore;

use crate::settings::HashCost;

/// Hashes passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Each hash takes its memory and one core for a while: more at once than cores would only cost
    /// memory.
    permits: Arc<Semaphore>,
}

/// A password could not be hashed. Says nothing about the password.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub(crate) struct HashFailed(String);

impl Passwords {
    /// Hashes at this cost.
    pub(crate) fn new(cost: &HashCost) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.0.clone());
        Self {
            argon2,
            permits: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The PHC string of a password, with a salt of its own.
    ///
    /// # Errors
    /// [`HashFailed`] when the machine is out of memory or randomness.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, HashFailed> {
        let failed = |error: &dyn std::fmt::Display| HashFailed(error.to_string());
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|error| failed(&error))?;
        let argon2 = self.argon2.clone();
        let hashing = move || {
            argon2
                .hash_password(password.expose().as_bytes())
                .map(|hash| hash.to_string())
        };
        tokio::task::spawn_blocking(hashing)
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::AuthSettings;
    use argon2::{PasswordVerifier, password_hash::phc::PasswordHash};
    use domain::settings::Section;

    #[tokio::test]
    async fn hashes_are_salted_argon2id_and_verify() {
        let passwords = Passwords::new(&AuthSettings::defaults().hash_cost().unwrap());
        let of = |text: &str| passwords.hash(Password::new(text.to_owned()));
        let (a, b) = (of(" 0\"'ü ").await.unwrap(), of(" 0\"'ü ").await.unwrap());
        assert!(a.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{a}");
        assert_ne!(a, b);
        let verify = |hash: &str, text: &str| {
            Argon2::default()
                .verify_password(text.as_bytes(), &PasswordHash::new(hash).unwrap())
                .is_ok()
        };
        assert!(verify(&a, " 0\"'ü ") && !verify(&a, "0\"'ü"));
    }

    #[tokio::test]
    async fn the_cost_is_configured() {
        let hash = Passwords::new(&HashCost::new(8192, 1, 2).unwrap())
            .hash(Password::new("12345678".into()))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=2$"), "{hash}");
    }
}

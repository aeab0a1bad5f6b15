//! Hashing passwords: Argon2id (RFC 9106) in PHC form, on blocking threads, few at a time.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use domain::community::password::Password;
use tokio::sync::Semaphore;

/// What one hash costs.
#[derive(Debug, Clone)]
pub struct HashCost(Params);

impl HashCost {
    /// Memory in KiB (8 MiB to 1 GiB), passes over it (1 to 20), lanes (1 to 16).
    ///
    /// # Errors
    /// The name of the argument that is out of bounds, and the bounds.
    pub fn new(
        memory_kib: u32,
        iterations: u32,
        parallelism: u32,
    ) -> Result<Self, (&'static str, &'static str)> {
        if !(8 * 1024..=1024 * 1024).contains(&memory_kib) {
            return Err(("memory_kib", "must be 8192 to 1048576"));
        }
        if !(1..=20).contains(&iterations) {
            return Err(("iterations", "must be 1 to 20"));
        }
        match Params::new(memory_kib, iterations, parallelism, None) {
            Ok(params) if parallelism <= 16 => Ok(Self(params)),
            _ => Err(("parallelism", "must be 1 to 16")),
        }
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self(Params::DEFAULT)
    }
}

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
    use argon2::{PasswordVerifier, password_hash::phc::PasswordHash};

    #[tokio::test]
    async fn hashes_are_salted_argon2id_and_verify() {
        let passwords = Passwords::new(&HashCost::default());
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
    async fn the_cost_is_configured_within_bounds() {
        let hash = Passwords::new(&HashCost::new(8192, 1, 2).unwrap())
            .hash(Password::new("12345678".into()))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=2$"), "{hash}");
        for (cost, named) in [
            ((8191, 1, 1), "memory_kib"),
            ((1024 * 1024 + 1, 1, 1), "memory_kib"),
            ((8192, 0, 1), "iterations"),
            ((8192, 21, 1), "iterations"),
            ((8192, 1, 0), "parallelism"),
            ((8192, 1, 17), "parallelism"),
        ] {
            assert_eq!(
                HashCost::new(cost.0, cost.1, cost.2).unwrap_err().0,
                named,
                "{cost:?}"
            );
        }
    }
}

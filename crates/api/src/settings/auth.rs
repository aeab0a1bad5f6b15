//! `[auth]`: API keys and passwords.

use std::{collections::HashSet, num::NonZeroU32};

use domain::settings::{Seconds, Section, SettingProblems};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::hash_cost::{BadHashCost, HashCost};

/// Fewest characters of a configured key, and how many of them must differ.
const MIN_KEY: usize = 32;
const MIN_DISTINCT: usize = 8;

/// The keys of `[auth]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    pub bootstrap_key: Option<SecretString>,
    pub cache_seconds: Seconds,
    pub password_requests_per_minute: NonZeroU32,
    pub password_mails_per_hour: NonZeroU32,
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub argon2_parallelism: u32,
}

impl Section for AuthSettings {
    const NAME: &'static str = "auth";
    const SECRET_KEYS: &'static [&'static str] = &["bootstrap_key"];

    fn check(&self, problems: &mut SettingProblems) {
        if let Some(key) = &self.bootstrap_key
            && let Err(allowed) = check_key(key.expose_secret())
        {
            problems.add("bootstrap_key", allowed);
        }
        problems.within(
            "cache_seconds",
            self.cache_seconds,
            Seconds(0)..=Seconds(3600),
        );
        if let Err(BadHashCost { key, allowed }) = self.hash_cost() {
            problems.add(key, allowed);
        }
    }
}

impl AuthSettings {
    /// What hashing a password costs.
    ///
    /// # Errors
    /// [`BadHashCost`], which the section's check reports.
    pub fn hash_cost(&self) -> Result<HashCost, BadHashCost> {
        HashCost::new(
            self.argon2_memory_kib,
            self.argon2_iterations,
            self.argon2_parallelism,
        )
    }
}

fn check_key(key: &str) -> Result<(), String> {
    if key.chars().count() < MIN_KEY {
        return Err(format!("must have at least {MIN_KEY} characters"));
    }
    let distinct = key.chars().collect::<HashSet<_>>().len();
    if distinct < MIN_DISTINCT || !key.chars().all(|c| c.is_ascii_graphic()) {
        return Err("must be random, visible ASCII characters; this looks like a sample".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_a_hash_that_costs_nothing_does_not() {
        let mut section = AuthSettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        section.argon2_iterations = 0;
        section.bootstrap_key = Some("short".into());
        let keys: Vec<_> = SettingProblems::of(&section)
            .into_iter()
            .map(|problem| problem.key)
            .collect();
        assert_eq!(keys, ["auth.bootstrap_key", "auth.argon2_iterations"]);
    }

    #[test]
    fn sample_keys_are_refused() {
        assert!(check_key("short").is_err());
        assert!(check_key(&"a".repeat(40)).is_err());
        assert!(check_key("hyk_0123456789abcdefghijklmnopqrstuv").is_ok());
    }
}

//! The sections that no other crate needs.

use domain::{
    settings::{Days, ListenAddress, Section, SettingProblems},
    vault::MasterKey,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A hundred years.
const MAX_DAYS: Days = Days(36_525);

/// The keys of `[worker]`: a separate worker's health page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthPageSettings {
    pub listen: ListenAddress,
}

impl Section for HealthPageSettings {
    const NAME: &'static str = "worker";

    /// The type says all.
    fn check(&self, _: &mut SettingProblems) {}
}

/// The keys of `[secrets]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretsSettings {
    pub master_key: Option<SecretString>,
}

impl Section for SecretsSettings {
    const NAME: &'static str = "secrets";
    const SECRET_KEYS: &'static [&'static str] = &["master_key"];

    fn check(&self, problems: &mut SettingProblems) {
        if let Some(key) = &self.master_key
            && MasterKey::parse(key.expose_secret()).is_err()
        {
            problems.add(
                "master_key",
                "must be 32 random bytes in base64; make one with: head -c 32 /dev/urandom | base64",
            );
        }
    }
}

/// The keys of `[retention]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionSettings {
    pub calls_days: Days,
    pub mails_days: Days,
}

impl Section for RetentionSettings {
    const NAME: &'static str = "retention";

    fn check(&self, problems: &mut SettingProblems) {
        problems.within("calls_days", self.calls_days, Days(1)..=MAX_DAYS);
        problems.within("mails_days", self.mails_days, Days(1)..=MAX_DAYS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work() {
        assert_eq!(SettingProblems::of(&HealthPageSettings::defaults()), []);
        assert_eq!(SettingProblems::of(&SecretsSettings::defaults()), []);
        assert_eq!(SettingProblems::of(&RetentionSettings::defaults()), []);
    }

    #[test]
    fn a_master_key_is_32_random_bytes() {
        let problems = |key: &str| {
            SettingProblems::of(&SecretsSettings {
                master_key: Some(key.into()),
            })
        };
        assert!(problems("dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=").is_empty());
        for bad in [
            "abc",
            "c2hvcnQ=",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert_eq!(problems(bad)[0].key, "secrets.master_key", "{bad}");
        }
    }
}

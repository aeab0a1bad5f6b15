//! Reading and checking the configuration.

use std::{path::Path, time::Duration};

use config::{Config as Layers, ConfigError, Environment, File, FileFormat};
use domain::vault::MasterKey;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, master_key};
use crate::exit::{Failure, usage};

const DEFAULTS: &str = include_str!("../../../../config/default.toml");
const FILE: &str = "hookyard.toml";
/// A hundred years.
const MAX_RETENTION_DAYS: u32 = 36_525;

/// Reads the layers and refuses what cannot work.
pub(crate) fn load(file: Option<&Path>) -> Result<Config, Failure> {
    let mut layers = Layers::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    layers = match file {
        Some(file) => layers.add_source(File::from(file).format(FileFormat::Toml)),
        None => layers.add_source(
            File::from(Path::new(FILE))
                .format(FileFormat::Toml)
                .required(false),
        ),
    };
    let environment = Environment::with_prefix("HOOKYARD")
        .prefix_separator("__")
        .separator("__")
        .ignore_empty(true);
    let config: Config = layers
        .add_source(environment)
        .build()
        .and_then(Layers::try_deserialize)
        .map_err(|e| bad(&e))?;
    config.check()?;
    Ok(config)
}

fn bad(error: &ConfigError) -> Failure {
    usage(format!(
        "configuration: {error}; config/default.toml documents every key"
    ))
}

impl Config {
    fn check(&self) -> Result<(), Failure> {
        if let Some(key) = &self.auth.bootstrap_key {
            check_bootstrap_key(key.expose_secret())?;
        }
        if let Some(url) = &self.server.public_url {
            let parsed = url::Url::parse(url)
                .map_err(|error| usage(format!("configuration: server.public_url: {error}")))?;
            if !matches!(parsed.scheme(), "http" | "https")
                || parsed.query().is_some()
                || parsed.fragment().is_some()
            {
                return Err(usage(
                    "configuration: server.public_url must be an http or https URL without query and fragment",
                ));
            }
        }
        for (key, url, schemes) in [
            (
                "database.url",
                &self.database.url,
                ["postgres://", "postgresql://", "sqlite://"].as_slice(),
            ),
            (
                "broker.url",
                &self.broker.url,
                ["amqp://", "amqps://"].as_slice(),
            ),
        ] {
            if let Some(url) = url
                && !schemes
                    .iter()
                    .any(|scheme| url.expose_secret().starts_with(scheme))
            {
                return Err(usage(format!(
                    "configuration: {key} must begin with {}",
                    schemes.join(" or ")
                )));
            }
        }
        for (key, days) in [
            ("calls_days", self.retention.calls_days),
            ("mails_days", self.retention.mails_days),
        ] {
            if days.get() > MAX_RETENTION_DAYS {
                return Err(usage(format!(
                    "configuration: retention.{key} must be at most {MAX_RETENTION_DAYS}"
                )));
            }
        }
        self.hash_cost()?;
        self.mail(&self.public_url(&self.server.listen))?;
        Ok(())
    }

    /// How URLs that point to the API begin, when it listens on this address.
    pub(crate) fn public_url(&self, listening: &str) -> String {
        let url = self
            .server
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{listening}"));
        url.trim_end_matches('/').to_owned()
    }

    /// What hashing a password costs.
    pub(crate) fn hash_cost(&self) -> Result<api::HashCost, Failure> {
        let auth = &self.auth;
        api::HashCost::new(
            auth.argon2_memory_kib,
            auth.argon2_iterations,
            auth.argon2_parallelism,
        )
        .map_err(|(key, why)| usage(format!("configuration: auth.argon2_{key} {why}")))
    }

    /// Everything that mailing needs; links lead to the API's own address unless they are told
    /// where else.
    pub(crate) fn mail(&self, public_url: &str) -> Result<worker::Mail, Failure> {
        let mail = self.mail.clone();
        let hour = Duration::from_secs(3600);
        worker::Mail::new(worker::MailSettings {
            url: mail.url,
            from: mail.from,
            site_name: mail.site_name,
            set_password_url: mail
                .set_password_url
                .unwrap_or_else(|| format!("{public_url}/set-password?token={{token}}")),
            templates_dir: mail.templates_dir,
            token_ttl: hour * mail.token_hours,
            timeout: Duration::from_secs(mail.timeout_seconds.into()),
            max_in_flight: mail.max_in_flight,
            retry_seconds: mail.retry_seconds,
        })
        .map_err(|error| usage(format!("configuration: {error}")))
    }

    /// The database's URL, by default the file in the data folder.
    pub(crate) fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("hookyard.db").display()),
        }
    }

    /// Whether the store is the embedded one.
    pub(crate) fn is_embedded(&self) -> bool {
        self.database_url().starts_with("sqlite://")
    }

    /// The key of all stored secrets; with the embedded store it is made when there is none.
    pub(crate) fn master_key(&self) -> Result<MasterKey, Failure> {
        match &self.secrets.master_key {
            Some(text) => parse_master_key(text),
            None if self.is_embedded() => master_key::read_or_create(&self.data_dir),
            None => Err(usage(
                "secrets.master_key must be set with PostgreSQL, the same in every process; \
                 make one with: head -c 32 /dev/urandom | base64",
            )),
        }
    }
}

fn parse_master_key(text: &SecretString) -> Result<MasterKey, Failure> {
    MasterKey::parse(text.expose_secret())
        .map_err(|error| usage(format!("configuration: secrets.master_key: {error}")))
}

fn check_bootstrap_key(key: &str) -> Result<(), Failure> {
    if key.chars().count() < 32 {
        return Err(usage(
            "configuration: auth.bootstrap_key must have at least 32 characters",
        ));
    }
    let distinct = key.chars().collect::<std::collections::HashSet<_>>().len();
    if distinct < 8 || !key.chars().all(|c| c.is_ascii_graphic()) {
        return Err(usage(
            "configuration: auth.bootstrap_key must be random, visible ASCII characters; this looks like a sample",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let config: Config = Layers::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .build()
            .and_then(Layers::try_deserialize)
            .unwrap();
        config.check().unwrap();
        assert_eq!(config.database_url(), "sqlite://./data/hookyard.db");
    }

    #[test]
    fn sample_bootstrap_keys_are_refused() {
        assert!(check_bootstrap_key("short").is_err());
        assert!(check_bootstrap_key(&"a".repeat(40)).is_err());
        assert!(check_bootstrap_key("hyk_0123456789abcdefghijklmnopqrstuv").is_ok());
    }
}

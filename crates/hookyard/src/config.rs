//! Configuration: the compiled-in defaults, then a file, then the environment. Unknown keys are
//! refused.

mod load;
mod master_key;

use std::{num::NonZeroU32, path::PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

pub(crate) use load::load;

/// Everything that an operator can set; `config/default.toml` documents each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub data_dir: PathBuf,
    pub server: Server,
    pub intake: Intake,
    pub database: Database,
    pub broker: Broker,
    pub worker: Worker,
    pub auth: Auth,
    #[serde(default)]
    pub secrets: Secrets,
    pub delivery: Delivery,
    pub mail: Mail,
    pub retention: Retention,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub listen: String,
    pub public_url: Option<String>,
    #[serde(deserialize_with = "list")]
    pub cors_origins: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<IpNet>,
    pub threads: usize,
    pub drain_seconds: u64,
    pub docs: bool,
    pub max_body_bytes: usize,
    pub max_events_bytes: usize,
    pub max_batch_events: usize,
    pub max_custom_event_types: u32,
    pub idempotency_hours: u64,
    pub max_outbox_age_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intake {
    pub max_body_bytes: usize,
    pub max_field_bytes: usize,
    pub max_fields: usize,
    pub max_calls_per_minute: u32,
    pub max_misses_per_minute: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// May hold a password.
    pub url: Option<SecretString>,
    pub max_connections: usize,
    pub acquire_timeout_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Broker {
    /// May hold a password.
    pub url: Option<SecretString>,
    pub namespace: String,
    pub prefetch: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    pub listen: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    pub bootstrap_key: Option<SecretString>,
    pub cache_seconds: u64,
    pub password_requests_per_minute: NonZeroU32,
    pub password_mails_per_hour: NonZeroU32,
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    pub argon2_parallelism: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secrets {
    pub master_key: Option<SecretString>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delivery {
    #[serde(deserialize_with = "list")]
    pub allow_networks: Vec<IpNet>,
    pub max_in_flight: usize,
    pub settle_after_ms: u64,
    pub record_rows: usize,
    pub record_wait_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    /// May hold a password.
    pub url: Option<SecretString>,
    pub from: Option<String>,
    pub site_name: String,
    pub set_password_url: Option<String>,
    pub templates_dir: Option<PathBuf>,
    pub token_hours: u32,
    pub timeout_seconds: u32,
    pub max_in_flight: usize,
    #[serde(deserialize_with = "list")]
    pub retry_seconds: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    pub calls_days: NonZeroU32,
    pub mails_days: NonZeroU32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// A list, or (from the environment) its items separated by commas.
fn list<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        List(Vec<String>),
        Numbers(Vec<u64>),
    }
    let items: Vec<String> = match Either::deserialize(deserializer)? {
        Either::Text(text) => text
            .split(',')
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect(),
        Either::List(items) => items,
        Either::Numbers(items) => items.iter().map(u64::to_string).collect(),
    };
    items
        .iter()
        .map(|item| {
            item.parse()
                .map_err(|error| serde::de::Error::custom(format!("\"{item}\": {error}")))
        })
        .collect()
}

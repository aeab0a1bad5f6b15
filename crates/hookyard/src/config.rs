//! Configuration: the compiled-in defaults, then a file, then the environment. One check judges
//! every value, for `doctor` and for the start alike.

mod environment;
mod file;
mod folder;
mod keys;
mod load;
mod log;
mod master_key;
mod problem;
mod sections;
mod setting;

use std::path::PathBuf;

use api::{AuthSettings, IntakeSettings, PublicUrl, ServerSettings};
use domain::settings::{Section, SettingProblem, SettingProblems};
use serde::Deserialize;
use storage::{DatabaseSettings, DatabaseUrl};
use worker::{BrokerSettings, DeliverySettings, MailSettings};

pub(crate) use load::load;
pub(crate) use log::{LogFilter, LogFormat, LogSettings};
pub(crate) use problem::WrongConfig;
pub(crate) use sections::{HealthPageSettings, RetentionSettings, SecretsSettings};

/// Everything that an operator can set; `config/default.toml` documents each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub data_dir: PathBuf,
    pub server: ServerSettings,
    pub intake: IntakeSettings,
    pub database: DatabaseSettings,
    pub broker: BrokerSettings,
    pub worker: HealthPageSettings,
    pub auth: AuthSettings,
    pub secrets: SecretsSettings,
    pub delivery: DeliverySettings,
    pub mail: MailSettings,
    pub retention: RetentionSettings,
    pub log: LogSettings,
}

impl Config {
    /// Every value that cannot work.
    fn problems(&self) -> Vec<SettingProblem> {
        let sections = [
            SettingProblems::of(&self.server),
            SettingProblems::of(&self.intake),
            SettingProblems::of(&self.database),
            SettingProblems::of(&self.broker),
            SettingProblems::of(&self.worker),
            SettingProblems::of(&self.auth),
            SettingProblems::of(&self.secrets),
            SettingProblems::of(&self.delivery),
            SettingProblems::of(&self.mail),
            SettingProblems::of(&self.retention),
            SettingProblems::of(&self.log),
        ];
        let mut problems = sections.concat();
        problems.extend(folder::problems(self));
        problems
    }

    /// Whether a key's value is never shown.
    fn is_secret(key: &str) -> bool {
        let (section, key) = key.split_once('.').unwrap_or(("", key));
        [
            secrets_of::<ServerSettings>(),
            secrets_of::<IntakeSettings>(),
            secrets_of::<DatabaseSettings>(),
            secrets_of::<BrokerSettings>(),
            secrets_of::<HealthPageSettings>(),
            secrets_of::<AuthSettings>(),
            secrets_of::<SecretsSettings>(),
            secrets_of::<DeliverySettings>(),
            secrets_of::<MailSettings>(),
            secrets_of::<RetentionSettings>(),
            secrets_of::<LogSettings>(),
        ]
        .iter()
        .any(|(name, keys)| *name == section && keys.contains(&key))
    }

    /// The database, by default the file in the data folder.
    pub(crate) fn database_url(&self) -> DatabaseUrl {
        let default = || DatabaseUrl::Sqlite(self.data_dir.join("hookyard.db"));
        self.database.url.clone().unwrap_or_else(default)
    }

    /// How URLs that point to the API begin, when it listens on this address.
    pub(crate) fn public_url(&self, listening: &str) -> Result<PublicUrl, api::BadPublicUrl> {
        match &self.server.public_url {
            Some(url) => Ok(url.clone()),
            None => format!("http://{listening}").parse(),
        }
    }
}

/// The name of a section, and which of its keys have values that are never shown.
const fn secrets_of<S: Section>() -> (&'static str, &'static [&'static str]) {
    (S::NAME, S::SECRET_KEYS)
}

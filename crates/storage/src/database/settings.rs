//! `[database]`: which database, and how its pools are built.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use domain::settings::{Seconds, Section, SettingProblems};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::target::{BadTarget, PgTarget};

/// The keys of `[database]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `None`: the embedded store in the data folder.
    pub url: Option<DatabaseUrl>,
    pub max_connections: usize,
    pub acquire_timeout_seconds: Seconds,
}

impl DatabaseSettings {
    /// Connections of a worker that shares its process with an API: a quarter more, so that lists
    /// that take long do not stop deliveries.
    #[must_use]
    pub fn worker_connections(&self) -> usize {
        self.max_connections.div_ceil(4).max(2)
    }
}

impl Section for DatabaseSettings {
    const NAME: &'static str = "database";
    const SECRET_KEYS: &'static [&'static str] = &["url"];

    fn check(&self, problems: &mut SettingProblems) {
        problems.within("max_connections", self.max_connections, 1..=10_000);
        problems.within(
            "acquire_timeout_seconds",
            self.acquire_timeout_seconds,
            Seconds(1)..=Seconds(3600),
        );
    }
}

/// Where the database is.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// `sqlite://path`: a file.
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`; may hold a password.
    Postgres(SecretString),
}

/// The text is not the URL of a database.
#[derive(Debug, thiserror::Error)]
pub enum BadDatabaseUrl {
    #[error("must look like postgres://user:password@host/database or sqlite://path")]
    Kind,
    #[error("sslmode must be disable, prefer, require, verify-ca or verify-full")]
    Mode,
}

impl DatabaseUrl {
    /// The file of an embedded store.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Whether what is stored goes to another machine in plain text without anybody having asked for
    /// it: `sslmode` is `prefer` or not given.
    #[must_use]
    pub fn is_carelessly_plain(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => PgTarget::parse(url.expose_secret())
                .is_ok_and(|target| target.is_carelessly_plain()),
        }
    }

    /// Whether the store is a file that this process opens itself.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.file().is_some()
    }
}

impl FromStr for DatabaseUrl {
    type Err = BadDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, BadDatabaseUrl> {
        if let Some(path) = text
            .strip_prefix("sqlite://")
            .filter(|path| !path.is_empty())
        {
            return Ok(Self::Sqlite(path.into()));
        }
        let is_postgres = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        if !is_postgres {
            return Err(BadDatabaseUrl::Kind);
        }
        match PgTarget::parse(text) {
            Ok(_) => Ok(Self::Postgres(text.into())),
            Err(BadTarget::Mode) => Err(BadDatabaseUrl::Mode),
            Err(BadTarget::Url) => Err(BadDatabaseUrl::Kind),
        }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = BadDatabaseUrl;

    fn try_from(text: String) -> Result<Self, BadDatabaseUrl> {
        text.parse()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://[hidden]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_one_of_two_databases_and_hides_its_password() {
        let parse = |text: &str| text.parse::<DatabaseUrl>();
        let file = parse("sqlite:///var/lib/hookyard.db").unwrap();
        assert_eq!(file.file(), Some(Path::new("/var/lib/hookyard.db")));
        let server = parse("postgresql://user:s3cret@host:5433/hookyard").unwrap();
        assert!(!server.is_embedded());
        assert!(!format!("{server:?}").contains("s3cret"));
        for bad in [
            "",
            "sqlite://",
            "mysql://host/x",
            "postgres://user:s3cret@host:99999/x",
            "postgres://user:s3cret@host/x?sslmode=on",
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_defaults_work_and_a_pool_without_connections_does_not() {
        let mut section = DatabaseSettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        section.max_connections = 0;
        section.acquire_timeout_seconds = Seconds(0);
        assert_eq!(SettingProblems::of(&section).len(), 2);
    }
}

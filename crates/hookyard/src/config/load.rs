//! Reading the layers and judging every value.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use config::{Config as Layers, ConfigError, File, FileFormat};
use domain::settings::{DEFAULTS, SettingProblem};

use super::{
    Config, environment, file,
    problem::{ConfigProblem, WrongConfig},
    setting::{ConfigSetting, ValueSource},
};

/// What the operator has set, by key.
type SetKeys = BTreeMap<String, ConfigSetting>;

/// Reads the layers and refuses what cannot work.
pub(crate) fn load(file: Option<&Path>) -> Result<Config, WrongConfig> {
    let (in_file, mut problems) = file::read(file);
    let (in_environment, wrong) = environment::read(std::env::vars_os());
    problems.extend(wrong);
    // The environment comes later, and wins.
    let settings = in_file.into_iter().chain(in_environment);
    let by_key = settings.map(|setting| (setting.key.clone(), setting));
    judge(by_key.collect(), problems)
}

/// Each value is tried by itself over the defaults, so that every one that does not fit its type is
/// named. What is left fits together, and is checked as a whole.
fn judge(mut settings: SetKeys, mut problems: Vec<ConfigProblem>) -> Result<Config, WrongConfig> {
    let defaults = defaults().map_err(|error| WrongConfig(vec![internal(&error)]))?;
    settings.retain(|_, setting| match build(&defaults, [&*setting]) {
        Ok(_) => true,
        Err(error) => {
            problems.push(problem(setting, expected(&error)));
            false
        }
    });
    match build(&defaults, settings.values()) {
        Ok(config) => {
            add_checked(&mut problems, &config, &settings);
            if problems.is_empty() {
                return Ok(config);
            }
        }
        Err(error) => problems.push(internal(&error)),
    }
    Err(WrongConfig(problems))
}

/// What the checks of the sections find. A key whose own value was left out is not told again.
fn add_checked(problems: &mut Vec<ConfigProblem>, config: &Config, settings: &SetKeys) {
    let told: HashSet<_> = problems.iter().map(|told| told.key.clone()).collect();
    for SettingProblem { key, allowed } in config.problems() {
        if told.contains(&key) {
            continue;
        }
        problems.push(match settings.get(&key) {
            Some(setting) => problem(setting, allowed),
            None => ConfigProblem {
                key,
                value: None,
                source: ValueSource::Default,
                allowed,
            },
        });
    }
}

fn defaults() -> Result<Layers, ConfigError> {
    Layers::builder()
        .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
        .build()
}

fn build<'a>(
    defaults: &Layers,
    settings: impl IntoIterator<Item = &'a ConfigSetting>,
) -> Result<Config, ConfigError> {
    let mut layers = Layers::builder().add_source(defaults.clone());
    for setting in settings {
        layers = layers.set_override(&setting.key, setting.value.clone())?;
    }
    layers.build()?.try_deserialize()
}

fn problem(setting: &ConfigSetting, allowed: String) -> ConfigProblem {
    ConfigProblem {
        value: Some(setting.shown()).filter(|_| !Config::is_secret(&setting.key)),
        key: setting.key.clone(),
        source: setting.source.clone(),
        allowed,
    }
}

/// No value that an operator sets leads here: a test holds that the defaults are complete.
fn internal(error: &ConfigError) -> ConfigProblem {
    ConfigProblem {
        key: "config/default.toml".to_owned(),
        value: None,
        source: ValueSource::Default,
        allowed: error.to_string(),
    }
}

/// What a type says about a text that it cannot be made from.
fn expected(error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => expected(error),
        ConfigError::Type { expected, .. } => format!("must be {expected}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let setting = |(key, value): &(&str, &str)| {
            let setting = ConfigSetting {
                key: (*key).to_owned(),
                value: (*value).into(),
                source: ValueSource::Variable("HOOKYARD__X".into()),
            };
            (setting.key.clone(), setting)
        };
        judge(pairs.iter().map(setting).collect(), Vec::new())
            .map_err(|wrong| wrong.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let config = judged(&[]).unwrap();
        let file = config.database_url();
        assert_eq!(file.file(), Some(Path::new("./data/hookyard.db")));
    }

    #[test]
    fn every_documented_key_can_be_set() {
        for (key, value) in [
            ("server.public_url", "https://hooks.example.org"),
            (
                "server.cors_origins",
                "https://a.example.org,http://localhost:3000",
            ),
            ("database.url", "postgres://hookyard@localhost/hookyard"),
            ("broker.url", "amqp://guest:guest@localhost:5672"),
            ("auth.bootstrap_key", "hyk_0123456789abcdefghijklmnopqrstuv"),
            (
                "secrets.master_key",
                "dGVzdCBtYXN0ZXIga2V5IG9mIDMyIGJ5dGVzISEhISE=",
            ),
            ("mail.from", "Example <hello@example.org>"),
            (
                "mail.set_password_url",
                "https://app.example.org/set?token={token}",
            ),
            ("mail.retry_seconds", "60,300"),
            ("log.level", "info,hookyard_worker=debug"),
        ] {
            assert!(judged(&[(key, value)]).is_ok(), "{key}");
        }
        let config = judged(&[("server.cors_origins", "https://a.example.org,*")]).unwrap();
        assert_eq!(config.server.cors_origins.len(), 2);
    }

    #[test]
    fn all_problems_are_told_at_once_and_secrets_are_not() {
        let problems = judged(&[
            ("server.listen", "localhost"),
            ("server.threads", "100000"),
            ("delivery.max_in_flight", "0"),
            ("delivery.record_rows", "many"),
            ("log.level", "verbose"),
            ("mail.url", "smtp://user:hidden@127.0.0.1:25"),
            ("mail.from", "nobody"),
            ("secrets.master_key", "hidden"),
            ("broker.url", "http://user:hidden@host"),
        ])
        .unwrap_err();
        assert_eq!(problems.len(), 8, "{problems:#?}");
        let all = problems.join("\n");
        assert!(!all.contains("hidden"), "{all}");
        for expected in [
            "server.listen = \"localhost\" (HOOKYARD__X): must be an address and a port",
            "server.threads = \"100000\" (HOOKYARD__X): must be 0 to 1024",
            "delivery.record_rows = \"many\" (HOOKYARD__X): must be an integer",
        ] {
            assert!(all.contains(expected), "{expected}: {all}");
        }
    }
}

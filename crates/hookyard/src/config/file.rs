//! What a configuration file sets.

use std::path::Path;

use config::{ConfigError, File, FileFormat, Source, Value, ValueKind};

use super::{
    keys,
    problem::ConfigProblem,
    setting::{ConfigSetting, ValueSource},
};

/// Read when no other file is named, if it exists.
const FILE: &str = "hookyard.toml";

/// Reads a file; names that are no keys are problems.
pub(super) fn read(named: Option<&Path>) -> (Vec<ConfigSetting>, Vec<ConfigProblem>) {
    let path = named.unwrap_or(Path::new(FILE));
    let file = File::from(path)
        .format(FileFormat::Toml)
        .required(named.is_some());
    let tables = match file.collect() {
        Ok(tables) => tables,
        Err(error) => return (Vec::new(), vec![unreadable(path, &error)]),
    };
    let settings = tables
        .into_iter()
        .flat_map(|(name, value)| match value.kind {
            ValueKind::Table(table) => table
                .into_iter()
                .map(|(key, value)| (format!("{name}.{key}"), value))
                .collect(),
            _ => vec![(name, value)],
        });
    let (known, unknown): (Vec<_>, Vec<_>) = settings.partition(|(key, _)| keys::is_known(key));
    let setting = |(key, value)| ConfigSetting {
        key,
        value,
        source: ValueSource::File(path.to_owned()),
    };
    (
        known.into_iter().map(setting).collect(),
        unknown
            .iter()
            .map(|(key, _): &(String, Value)| no_key(path, key))
            .collect(),
    )
}

fn unreadable(path: &Path, error: &ConfigError) -> ConfigProblem {
    ConfigProblem {
        key: path.display().to_string(),
        value: None,
        source: ValueSource::Default,
        allowed: format!("must be a readable TOML file: {error}"),
    }
}

fn no_key(path: &Path, key: &str) -> ConfigProblem {
    let hint =
        keys::nearest(key).map_or_else(String::new, |near| format!("; did you mean {near}?"));
    ConfigProblem {
        key: key.to_owned(),
        value: None,
        source: ValueSource::File(path.to_owned()),
        allowed: format!("there is no such key{hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.toml");
        std::fs::write(&path, text).unwrap();
        let (settings, problems) = read(Some(&path));
        (
            settings
                .iter()
                .map(|s| format!("{}={}", s.key, s.shown()))
                .collect(),
            problems.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn keys_are_set_by_tables() {
        let text = "data_dir = \"x\"\n[server]\nthreads = 2\ncors_origins = [\"a\", \"b\"]\n";
        let (mut settings, problems) = read_text(text);
        settings.sort();
        assert_eq!(
            settings,
            [
                "data_dir=\"x\"",
                "server.cors_origins=[\"a\", \"b\"]",
                "server.threads=2"
            ]
        );
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn what_is_no_key_or_cannot_be_read_is_a_problem() {
        let (settings, problems) = read_text("server = 1\n[server2]\nlisten = \"hidden\"\n");
        assert!(settings.is_empty());
        assert_eq!(problems.len(), 2, "{problems:?}");
        let all = problems.concat();
        assert!(
            all.contains("did you mean server.listen?") && !all.contains("hidden"),
            "{all}"
        );
        assert!(read_text("nonsense").1[0].contains("own.toml"));
        assert!(
            read(Some(Path::new("/no/such.toml"))).1[0]
                .key
                .contains("/no/such.toml")
        );
    }
}

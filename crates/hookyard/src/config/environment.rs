//! What the environment sets: `HOOKYARD__SECTION__KEY`, and for secrets also
//! `HOOKYARD__SECTION__KEY_FILE`, the name of a file that holds the value.

use std::{collections::BTreeMap, ffi::OsString, fs};

use super::{
    keys,
    problem::ConfigProblem,
    setting::{ConfigSetting, ValueSource},
};

/// What every variable of ours begins with.
const PREFIX: &str = "HOOKYARD_";

/// Reads our variables; those that set no key are problems.
pub(super) fn read(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> (Vec<ConfigSetting>, Vec<ConfigProblem>) {
    let mut settings: BTreeMap<String, ConfigSetting> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        // An empty value counts as none: compose files pass on variables that may be unset.
        if !name.starts_with(PREFIX) || value.is_empty() {
            continue;
        }
        match setting(&name, value) {
            Ok(setting) => {
                if let Some(other) = settings.insert(setting.key.clone(), setting) {
                    let allowed = format!("{} is set, too; remove one of them", other.source);
                    problems.push(problem(&other.key, &name, allowed));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    (settings.into_values().collect(), problems)
}

fn setting(name: &str, value: OsString) -> Result<ConfigSetting, ConfigProblem> {
    let setting = |key: &str, value: String| ConfigSetting {
        key: key.to_owned(),
        value: value.into(),
        source: ValueSource::Variable(name.to_owned()),
    };
    if let Some(key) = keys::of_variable(name) {
        let text = value.into_string();
        return match text {
            Ok(value) => Ok(setting(key, value)),
            Err(_) => Err(problem(key, name, "must be UTF-8".into())),
        };
    }
    if let Some(key) = keys::of_file_variable(name) {
        return match fs::read_to_string(&value) {
            Ok(text) => Ok(setting(key, text.trim_end_matches(['\r', '\n']).to_owned())),
            Err(error) => Err(problem(
                key,
                name,
                format!("must name a readable file: {error}"),
            )),
        };
    }
    Err(unknown(name))
}

fn problem(key: &str, variable: &str, allowed: String) -> ConfigProblem {
    ConfigProblem {
        key: key.to_owned(),
        value: None,
        source: ValueSource::Variable(variable.to_owned()),
        allowed,
    }
}

fn unknown(name: &str) -> ConfigProblem {
    let hint = keys::nearest_variable(name)
        .map_or_else(String::new, |near| format!("; did you mean {near}?"));
    ConfigProblem {
        key: name.to_owned(),
        value: None,
        source: ValueSource::Default,
        allowed: format!("this variable sets no key{hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pairs(pairs: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let (settings, problems) = read(
            pairs
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        (
            settings
                .iter()
                .map(|s| format!("{}={}", s.key, s.value))
                .collect(),
            problems.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn variables_set_keys_and_empty_ones_do_not() {
        let (settings, problems) = read_pairs(&[
            ("HOOKYARD__SERVER__LISTEN", "127.0.0.1:0"),
            ("HOOKYARD__MAIL__URL", ""),
            ("PATH", "/bin"),
            ("HOOKYARDS", "x"),
        ]);
        assert_eq!(settings, ["server.listen=127.0.0.1:0"]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_variable_that_sets_no_key_is_a_problem_and_its_value_is_not_shown() {
        let (settings, problems) = read_pairs(&[
            ("HOOKYARD_SERVER__LISTEN", "hidden"),
            ("HOOKYARD_MASTERKEY", "hidden"),
            ("HOOKYARD__SERVER__LISTEN_FILE", "hidden"),
        ]);
        assert!(settings.is_empty());
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems[0].contains("did you mean HOOKYARD__SERVER__LISTEN?"),
            "{problems:?}"
        );
        assert!(!problems.concat().contains("hidden"), "{problems:?}");
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "s3cret \n").unwrap();
        let file = file.to_str().unwrap();
        let variable = "HOOKYARD__AUTH__BOOTSTRAP_KEY";
        let (settings, problems) = read_pairs(&[(&format!("{variable}_FILE"), file)]);
        assert_eq!(
            (settings, problems),
            (vec!["auth.bootstrap_key=s3cret ".into()], vec![])
        );
        let (_, problems) = read_pairs(&[(&format!("{variable}_FILE"), file), (variable, "x")]);
        assert!(problems[0].contains("remove one of them"), "{problems:?}");
        let (_, problems) = read_pairs(&[(&format!("{variable}_FILE"), "/no/such/file")]);
        assert!(problems[0].contains("readable file"), "{problems:?}");
    }
}

//! The keys that there are: those that `config/default.toml` documents.

use std::{collections::BTreeSet, sync::LazyLock};

use domain::settings::DEFAULTS;

use super::Config;

/// How unlike a known key may be to be taken for a typing mistake.
const LIKENESS: f64 = 0.8;

/// As in `server.listen`.
static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| documented(DEFAULTS));

pub(super) fn is_known(key: &str) -> bool {
    KEYS.contains(key)
}

/// The key that is set by an environment variable.
pub(super) fn of_variable(name: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(String::as_str)
        .find(|key| variable(key) == name)
}

/// The secret that the file of an environment variable holds.
pub(super) fn of_file_variable(name: &str) -> Option<&'static str> {
    of_variable(name.strip_suffix("_FILE")?).filter(|key| Config::is_secret(key))
}

/// The environment variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("HOOKYARD__{}", key.replace('.', "__").to_uppercase())
}

/// The known key that is most like this one.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    nearest_by(key, |known| known.to_owned())
}

/// The known key whose variable is most like this one.
pub(super) fn nearest_variable(name: &str) -> Option<String> {
    nearest_by(name, variable).map(variable)
}

fn nearest_by(text: &str, spelling: impl Fn(&str) -> String) -> Option<&'static str> {
    KEYS.iter()
        .map(|key| {
            (
                strsim::normalized_damerau_levenshtein(text, &spelling(key)),
                key,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, key)| key.as_str())
}

/// Keys that are set, and keys in comments, which have no default: `# key = …`.
fn documented(text: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name;
            continue;
        }
        let line = line.strip_prefix("# ").unwrap_or(line);
        let is_key = |key: &&str| {
            key.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| is_key(key)) {
            keys.insert(if section.is_empty() {
                key.to_owned()
            } else {
                format!("{section}.{key}")
            });
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_documented_defaults() {
        let keys = documented("# Text.\na = 1\n[b]\n# c = \"x\"\n# Not: x = 1\nd2 = 2\n");
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["a", "b.c", "b.d2"]);
        for key in [
            "data_dir",
            "server.listen",
            "database.url",
            "secrets.master_key",
        ] {
            assert!(is_known(key), "{key}");
        }
        assert!(KEYS.len() > 45, "{KEYS:?}");
    }

    #[test]
    fn a_variable_names_one_key() {
        assert_eq!(
            of_variable("HOOKYARD__SERVER__LISTEN"),
            Some("server.listen")
        );
        assert_eq!(of_variable("HOOKYARD__DATA_DIR"), Some("data_dir"));
        assert_eq!(of_variable("HOOKYARD_SERVER__LISTEN"), None);
        let secret = of_file_variable("HOOKYARD__SECRETS__MASTER_KEY_FILE");
        assert_eq!(secret, Some("secrets.master_key"));
        assert_eq!(of_file_variable("HOOKYARD__SERVER__LISTEN_FILE"), None);
    }

    #[test]
    fn a_typing_mistake_is_recognised() {
        assert_eq!(nearest("server.lissten"), Some("server.listen"));
        assert_eq!(
            nearest_variable("HOOKYARD_SERVER__LISTEN").as_deref(),
            Some("HOOKYARD__SERVER__LISTEN")
        );
        assert_eq!(nearest("nonsense"), None);
    }
}

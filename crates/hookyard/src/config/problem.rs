//! What is wrong with a configuration, in words for the operator.

use std::fmt;

use super::setting::ValueSource;

/// A key that does not exist, or whose value cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigProblem {
    pub key: String,
    /// Not for secrets, and not for unknown keys: they may be mistyped names of secrets.
    pub value: Option<String>,
    pub source: ValueSource,
    /// What the key would have to be, as in "must be 1 to 10".
    pub allowed: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        if self.source != ValueSource::Default {
            write!(f, " ({})", self.source)?;
        }
        write!(f, ": {}", self.allowed)
    }
}

/// Every problem of a configuration, not only the first.
#[derive(Debug, thiserror::Error)]
pub(crate) struct WrongConfig(pub Vec<ConfigProblem>);

impl fmt::Display for WrongConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for problem in &self.0 {
            write!(f, "\n  {problem}")?;
        }
        f.write_str("\nconfig/default.toml documents every key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_key_value_source_and_what_is_allowed() {
        let problem = |value: Option<&str>, source| {
            ConfigProblem {
                key: "server.listen".into(),
                value: value.map(Into::into),
                source,
                allowed: "must be an address and a port".into(),
            }
            .to_string()
        };
        let variable = ValueSource::Variable("HOOKYARD__SERVER__LISTEN".into());
        assert_eq!(
            problem(Some("\"localhost\""), variable),
            "server.listen = \"localhost\" (HOOKYARD__SERVER__LISTEN): must be an address and a port"
        );
        assert_eq!(
            problem(None, ValueSource::File("hookyard.toml".into())),
            "server.listen (hookyard.toml): must be an address and a port"
        );
        assert_eq!(
            problem(None, ValueSource::Default),
            "server.listen: must be an address and a port"
        );
    }
}

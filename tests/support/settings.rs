//! Hookyard's configuration, as the environment variables of a child.

use std::{collections::BTreeMap, process::Command};

/// Keys as in `config/default.toml` (`server.listen`) and their values.
#[derive(Debug, Clone, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Sets a key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) -> &mut Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Leaves a key at its default.
    pub fn unset(&mut self, key: &str) -> &mut Self {
        self.0.remove(key);
        self
    }

    /// The value of a key that was set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Puts the settings into a command's environment.
    pub fn apply(&self, command: &mut Command) {
        for (key, value) in &self.0 {
            command.env(format!("HOOKYARD__{}", key.to_uppercase().replace('.', "__")), value);
        }
    }
}

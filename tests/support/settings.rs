//! Hookyard's configuration, as the environment variables of a child.

use std::{collections::BTreeMap, ffi::OsString, process::Command};

/// Keys as in `config/default.toml` (`server.listen`) and their values.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    keys: BTreeMap<String, String>,
    environment: BTreeMap<String, OsString>,
}

impl Settings {
    /// Sets a key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) -> &mut Self {
        self.keys.insert(key.to_owned(), value.into());
        self
    }

    /// Sets a variable of the environment that is not one of Hookyard's own.
    pub fn variable(&mut self, name: &str, value: impl Into<OsString>) -> &mut Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a key at its default.
    pub fn unset(&mut self, key: &str) -> &mut Self {
        self.keys.remove(key);
        self
    }

    /// The value of a key that was set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    /// Puts the settings into a command's environment.
    pub fn apply(&self, command: &mut Command) {
        for (key, value) in &self.keys {
            command.env(
                format!("HOOKYARD__{}", key.to_uppercase().replace('.', "__")),
                value,
            );
        }
        command.envs(&self.environment);
    }
}

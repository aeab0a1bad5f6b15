//! A value that an operator has set, and where.

use std::{fmt, path::PathBuf};

use config::{Value, ValueKind};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueSource {
    /// The compiled-in default, or none.
    Default,
    File(PathBuf),
    /// The environment variable of this name.
    Variable(String),
}

impl fmt::Display for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct ConfigSetting {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) source: ValueSource,
}

impl ConfigSetting {
    /// The value as TOML writes it.
    pub(super) fn shown(&self) -> String {
        shown(&self.value)
    }
}

fn shown(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::Array(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

//! `[log]`: what is logged, and how.

use std::str::FromStr;

use domain::settings::{Section, SettingProblems};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The keys of `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSettings {
    pub format: LogFormat,
    pub level: LogFilter,
}

impl Section for LogSettings {
    const NAME: &'static str = "log";

    /// The types say all.
    fn check(&self, _: &mut SettingProblems) {}
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The text is no format.
#[derive(Debug, thiserror::Error)]
#[error("must be text or json")]
pub(crate) struct BadLogFormat;

impl TryFrom<String> for LogFormat {
    type Error = BadLogFormat;

    fn try_from(text: String) -> Result<Self, BadLogFormat> {
        match text.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(BadLogFormat),
        }
    }
}

/// A level, or a filter such as `info,hookyard_worker=debug`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LogFilter(String);

/// The text is not a filter.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be off, error, warn, info, debug, trace, or a filter such as info,hookyard_worker=debug"
)]
pub(crate) struct BadLogFilter;

impl LogFilter {
    /// Warnings and errors.
    pub(crate) fn warnings() -> Self {
        Self("warn".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The filter with one more directive, unless it says something about that target itself.
    pub(crate) fn with_default(&self, target: &str, level: &str) -> String {
        if self.0.contains(target) {
            self.0.clone()
        } else {
            format!("{},{target}={level}", self.0)
        }
    }
}

impl FromStr for LogFilter {
    type Err = BadLogFilter;

    fn from_str(text: &str) -> Result<Self, BadLogFilter> {
        // A word alone would be read as a target: a mistyped level would switch the log off.
        let is_level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
        let says_a_level = |directive: &str| directive.rsplit('=').next().is_some_and(is_level);
        if text.split(',').all(says_a_level) && EnvFilter::try_new(text).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadLogFilter)
        }
    }
}

impl TryFrom<String> for LogFilter {
    type Error = BadLogFilter;

    fn try_from(text: String) -> Result<Self, BadLogFilter> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_has_a_level() {
        for good in [
            "off",
            "warn",
            "INFO",
            "info,hookyard_worker=debug",
            "hookyard=trace",
        ] {
            assert!(good.parse::<LogFilter>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "verbose",
            "info,",
            "info,hookyard_worker",
            "hookyard_worker=loud",
            "[",
        ] {
            assert!(bad.parse::<LogFilter>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_the_operator_says_of_a_target_counts() {
        let filter = |text: &str| text.parse::<LogFilter>().unwrap();
        assert_eq!(
            filter("info").with_default("lapin", "off"),
            "info,lapin=off"
        );
        assert_eq!(
            filter("lapin=debug").with_default("lapin", "off"),
            "lapin=debug"
        );
    }
}

//! What a check of settings found.

use std::{fmt::Display, ops::RangeInclusive};

use super::Section;

/// A value that cannot work. It is not repeated here: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// As in `server.listen`.
    pub key: String,
    /// Completes "the value …", as in "must be 1 to 10".
    pub allowed: String,
}

/// Collects the problems of one section.
#[derive(Debug)]
pub struct SettingProblems {
    section: &'static str,
    found: Vec<SettingProblem>,
}

impl SettingProblems {
    /// All problems of a section.
    pub fn of<S: Section>(section: &S) -> Vec<SettingProblem> {
        let mut problems = Self {
            section: S::NAME,
            found: Vec::new(),
        };
        section.check(&mut problems);
        problems.found
    }

    /// The value of a key cannot work; `allowed` says what can.
    pub fn add(&mut self, key: &str, allowed: impl Into<String>) {
        self.found.push(SettingProblem {
            key: format!("{}.{key}", self.section),
            allowed: allowed.into(),
        });
    }

    /// A number must be within bounds.
    pub fn within<T: PartialOrd + Display>(
        &mut self,
        key: &str,
        value: T,
        bounds: RangeInclusive<T>,
    ) {
        if !bounds.contains(&value) {
            self.add(
                key,
                format!("must be {} to {}", bounds.start(), bounds.end()),
            );
        }
    }
}

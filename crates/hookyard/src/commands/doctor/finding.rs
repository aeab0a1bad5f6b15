//! What a check found.

use std::fmt::Display;

use crate::output::say;

/// A remark about what is right, or what is not.
pub(super) type Finding = Result<String, Flaw>;

/// What is wrong or doubtful, and how to fix it.
#[derive(Debug)]
pub(super) struct Flaw {
    severity: Severity,
    why: String,
    fix: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// Hookyard runs, but probably not as it is meant.
    Doubtful,
    Wrong,
}

impl Flaw {
    /// The finding that something is wrong.
    pub(super) fn found(why: impl Display, fix: &'static str) -> Finding {
        Err(Self::new(Severity::Wrong, why, fix))
    }

    /// The finding that something is probably not meant. It does not fail the doctor: it may be.
    pub(super) fn doubt(why: impl Display, fix: &'static str) -> Finding {
        Err(Self::new(Severity::Doubtful, why, fix))
    }

    fn new(severity: Severity, why: impl Display, fix: &'static str) -> Self {
        Self {
            severity,
            why: why.to_string(),
            fix,
        }
    }
}

/// Prints findings and counts what is wrong.
#[derive(Default)]
pub(super) struct DoctorReport {
    flaws: usize,
}

impl DoctorReport {
    /// Says whether it works.
    pub(super) fn line(&mut self, what: &str, finding: Finding) -> anyhow::Result<bool> {
        match finding {
            Ok(detail) => {
                say!("ok     {what}: {detail}")?;
                Ok(true)
            }
            Err(Flaw { severity, why, fix }) => {
                let is_wrong = severity == Severity::Wrong;
                let mark = if is_wrong { "wrong" } else { "warn " };
                say!("{mark}  {what}: {why}\n       {what}: {fix}")?;
                self.flaws += usize::from(is_wrong);
                Ok(!is_wrong)
            }
        }
    }

    pub(super) fn flaws(&self) -> usize {
        self.flaws
    }
}

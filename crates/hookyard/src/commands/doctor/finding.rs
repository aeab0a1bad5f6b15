//! What a check found.

use std::fmt::Display;

/// A remark about what is right, or what is wrong.
pub(super) type Finding = Result<String, Flaw>;

/// What is wrong, and how to fix it.
#[derive(Debug)]
pub(super) struct Flaw {
    why: String,
    fix: &'static str,
}

impl Flaw {
    /// The finding that something is wrong.
    pub(super) fn found(why: impl Display, fix: &'static str) -> Finding {
        Err(Self {
            why: why.to_string(),
            fix,
        })
    }
}

/// Prints findings and counts flaws.
#[derive(Default)]
pub(super) struct DoctorReport {
    flaws: usize,
}

impl DoctorReport {
    /// Says whether it is right.
    pub(super) fn line(&mut self, what: &str, finding: Finding) -> bool {
        match finding {
            Ok(detail) => {
                println!("ok     {what}: {detail}");
                true
            }
            Err(Flaw { why, fix }) => {
                println!("wrong  {what}: {why}\n       {what}: {fix}");
                self.flaws += 1;
                false
            }
        }
    }

    pub(super) fn flaws(&self) -> usize {
        self.flaws
    }
}

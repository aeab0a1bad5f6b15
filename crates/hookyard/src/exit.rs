//! How a command ends: 0 done, 1 failed, 2 wrong usage or configuration.

use std::process::ExitCode;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was asked wrongly: arguments or configuration.
    Usage(anyhow::Error),
    /// It could not do what it was asked for.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A failure that names what to change in the call or the configuration.
pub(crate) fn usage(message: impl std::fmt::Display) -> Failure {
    Failure::Usage(anyhow::anyhow!("{message}"))
}

/// Tells the operator, and gives the exit status.
pub(crate) fn report(failure: &Failure) -> ExitCode {
    let (error, status) = match failure {
        Failure::Usage(error) => (error, 2),
        Failure::Failed(error) => (error, 1),
    };
    eprintln!("hookyard: {error:#}");
    ExitCode::from(status)
}

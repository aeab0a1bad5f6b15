//! How a command ends: with exit status 0 when done, 1 when failed, 2 for wrong usage or
//! configuration.

use std::{fmt, process::ExitCode};

use crate::output::{self, OutputClosed};

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// It was asked wrongly: arguments or configuration.
    Usage(anyhow::Error),
    /// It could not do what it was asked for.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Why, with all causes.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(error) | Self::Failed(error)) = self;
        write!(f, "{error:#}")
    }
}

/// A failure that names what to change in the call or the configuration.
pub(crate) fn usage(message: impl fmt::Display) -> CommandError {
    CommandError::Usage(anyhow::anyhow!("{message}"))
}

/// Tells the operator, and gives the exit status. A reader that has seen enough (`| head`) is no
/// failure.
pub(crate) fn report(failure: &CommandError) -> ExitCode {
    let (CommandError::Usage(error) | CommandError::Failed(error)) = failure;
    if error.is::<OutputClosed>() {
        return ExitCode::SUCCESS;
    }
    output::remark(format_args!("hookyard: {failure}"));
    ExitCode::from(match failure {
        CommandError::Usage(_) => 2,
        CommandError::Failed(_) => 1,
    })
}

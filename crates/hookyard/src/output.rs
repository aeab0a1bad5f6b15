//! What commands print. All of it goes through here, so that a reader who leaves (`| head`) ends any
//! command quietly: `println!` would panic.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

use anyhow::Context;

/// Nobody reads standard output any more.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(crate) struct OutputClosed;

/// Prints a line of a result to standard output.
///
/// # Errors
/// [`OutputClosed`], with which a command ends and which is no failure.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a line for the operator, which is no result, to standard error.
pub(crate) fn remark(text: impl Display) {
    // There is nobody left to whom a failure could be told.
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Prints a line to standard output, put together as by `format!`; see [`line`].
macro_rules! say {
    ($($text:tt)*) => {
        $crate::output::line(format_args!($($text)*))
    };
}

pub(crate) use say;

//! `hookyard completions`.

use clap::CommandFactory;

use crate::{cli::Cli, exit::CommandError, output};

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "hookyard", &mut script);
    output::line(String::from_utf8(script)?.trim_end())?;
    Ok(())
}

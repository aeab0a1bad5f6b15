//! `hookyard completions`.

use clap::CommandFactory;

use crate::{cli::Cli, exit::CommandError};

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), CommandError> {
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "hookyard",
        &mut std::io::stdout().lock(),
    );
    Ok(())
}

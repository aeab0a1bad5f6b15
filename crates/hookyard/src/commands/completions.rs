//! `hookyard completions`.

use clap::CommandFactory;

use crate::{cli::Cli, exit::Failure};

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "hookyard",
        &mut std::io::stdout().lock(),
    );
    Ok(())
}

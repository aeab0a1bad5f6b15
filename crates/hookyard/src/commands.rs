//! One module for each command.

mod completions;
mod doctor;
mod events;
mod health;
mod keys;
mod mail;
mod migrate;
mod openapi;
mod prune;
mod serve;

use crate::{
    cli::{Cli, Command},
    config, demo,
    exit::CommandError,
    process::ProcessRole,
    telemetry,
};

/// Does what the command line asks for.
pub(crate) async fn run(cli: Cli) -> Result<(), CommandError> {
    match cli.command {
        Command::Openapi => return openapi::run(),
        Command::Completions { shell } => return completions::run(shell),
        Command::Doctor(options) => return doctor::run(cli.config.as_deref(), &options).await,
        _ => {}
    }
    let mut config = config::load(cli.config.as_deref()).map_err(CommandError::configuration)?;
    if matches!(cli.command, Command::Demo(_)) {
        demo::quiet(&mut config.log);
    }
    telemetry::start(&config.log)?;
    match cli.command {
        Command::Serve => serve::run(&config, ProcessRole::Both).await,
        Command::Api => serve::run(&config, ProcessRole::Api).await,
        Command::Worker => serve::run(&config, ProcessRole::Worker).await,
        Command::Demo(options) => demo::run(config, &options).await,
        Command::Migrate { direction } => migrate::run(&config, direction).await,
        Command::Keys(command) => keys::run(&config, command).await,
        Command::Events(command) => events::run(&config, command).await,
        Command::Mail(command) => mail::run(&config, command).await,
        Command::Prune => prune::run(&config).await,
        Command::Health(options) => health::run(&config, &options).await,
        Command::Openapi | Command::Completions { .. } | Command::Doctor(_) => Ok(()),
    }
}

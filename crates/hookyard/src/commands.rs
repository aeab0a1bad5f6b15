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
    cli::{Cli, CliCommand},
    config, demo,
    exit::CommandError,
    process::ProcessRole,
    telemetry,
};

/// Does what the command line asks for.
pub(crate) async fn run(cli: Cli) -> Result<(), CommandError> {
    match cli.command {
        CliCommand::Openapi => return openapi::run(),
        CliCommand::Completions { shell } => return completions::run(shell),
        CliCommand::Doctor(options) => return doctor::run(cli.config.as_deref(), &options).await,
        _ => {}
    }
    let mut config =
        config::load(cli.config.as_deref()).map_err(|error| CommandError::Usage(error.into()))?;
    if matches!(cli.command, CliCommand::Demo(_)) {
        demo::quiet(&mut config.log);
    }
    telemetry::start(&config.log)?;
    match cli.command {
        CliCommand::Serve => serve::run(&config, ProcessRole::Both).await,
        CliCommand::Api => serve::run(&config, ProcessRole::Api).await,
        CliCommand::Worker => serve::run(&config, ProcessRole::Worker).await,
        CliCommand::Demo(options) => demo::run(config, &options).await,
        CliCommand::Migrate { direction } => migrate::run(&config, direction).await,
        CliCommand::Keys(command) => keys::run(&config, command).await,
        CliCommand::Events(command) => events::run(&config, command).await,
        CliCommand::Mail(command) => mail::run(&config, command).await,
        CliCommand::Prune => prune::run(&config).await,
        CliCommand::Health(options) => health::run(&config, &options).await,
        CliCommand::Openapi | CliCommand::Completions { .. } | CliCommand::Doctor(_) => Ok(()),
    }
}

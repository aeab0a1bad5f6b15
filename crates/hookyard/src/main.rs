//! `hookyard`: commands, configuration, telemetry and wiring of the API and the worker.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic when nobody reads; see `output`"
)]

use std::process::ExitCode;

use clap::Parser;

mod call_tallies;
mod cli;
mod commands;
mod config;
mod demo;
mod exit;
mod housekeeping;
mod output;
mod process;
mod telemetry;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // For every TLS client of the process. It fails only when there is one already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&exit::CommandError::Failed(error.into())),
    };
    let result = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure),
    }
}

//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{api_key::Scope, id::ApiKeyId};

/// Incoming webhooks that make members, outgoing webhooks that tell the world.
#[derive(Debug, Parser)]
#[command(
    name = "hookyard",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Configuration file; `hookyard.toml` in the working folder is read when there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// API and worker in one process; SQLite and no broker unless configured otherwise.
    Serve,
    /// The API alone.
    Api,
    /// The worker alone, with its own health address.
    Worker,
    /// Shows the main job on a temporary embedded store, then keeps serving.
    Demo(Demo),
    /// The database schema.
    Migrate {
        #[command(subcommand)]
        direction: Option<Migrate>,
    },
    /// Prints the OpenAPI document.
    Openapi,
    /// API keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Events.
    #[command(subcommand)]
    Events(Events),
    /// Mails.
    #[command(subcommand)]
    Mail(Mail),
    /// Checks configuration, database, schema, clock, master key, broker and mail server; says what
    /// is wrong and what to do.
    Doctor(Doctor),
    /// Removes what is older than [retention] says, now: calls, finished mails, expired password
    /// links and Idempotency-Keys.
    ///
    /// Running processes do the same every ten minutes. Events, deliveries and their attempts are
    /// not removed yet.
    Prune,
    /// Asks a running process whether it is ready; exit status 0 or 1.
    Health(Health),
    /// Prints the completions of a shell.
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// End after the show instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// Address of the demo's API; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: String,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Migrate {
    /// Runs the migrations that are waiting (the default).
    Up,
    /// Takes back the newest migration.
    Down,
    /// Lists the migrations and whether they ran.
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes an API key and prints it; it cannot be shown again.
    Create {
        /// What the key is for.
        #[arg(long)]
        name: String,
        /// A right of the key; may be repeated.
        #[arg(long = "scope", value_name = "SCOPE", default_value = "admin")]
        scopes: Vec<Scope>,
        /// Days until the key ends; without it the key does not end.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
    /// Lists the API keys, newest first, without their secrets.
    List,
    /// Revokes an API key.
    Revoke { id: ApiKeyId },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Puts one event on the bus (without a broker: into the outbox) and prints its id.
    Publish {
        /// A JSON file with {"type", "data", "id"?, "occurred_at"?, "source"?}; `-` reads standard
        /// input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Sends a mail, to see whether it arrives.
    Test {
        /// To whom.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Also send a test mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    pub mail_to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// Where the process is, such as http://127.0.0.1:8081; by default the configured API address.
    #[arg(long)]
    pub url: Option<String>,
    /// Ask the worker's address instead of the API's.
    #[arg(long, conflicts_with = "url")]
    pub worker: bool,
}

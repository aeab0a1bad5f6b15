//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::{api_key::Scope, id::ApiKeyId, settings::ListenAddress};

/// Incoming webhooks that make members, outgoing webhooks that tell the world.
#[derive(Debug, Parser)]
#[command(
    name = "hookyard",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Configuration file [default: `hookyard.toml` in the working folder, if it exists].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Run the API and the worker in one process, by default with SQLite and without a broker.
    Serve,
    /// Run the API only.
    Api,
    /// Run the worker only, with a health page of its own.
    Worker,
    /// Show both directions at work on a temporary embedded store, then keep serving.
    Demo(DemoOptions),
    /// Manage the database schema.
    Migrate {
        #[command(subcommand)]
        direction: Option<MigrateCommand>,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Manage API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Publish events.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Try the mail server.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Check configuration, database, schema, clock, master key, broker and mail server, and say
    /// how to fix what is wrong.
    Doctor(DoctorOptions),
    /// Remove now what is older than [retention] allows: calls, finished mails, expired password
    /// links and Idempotency-Keys.
    ///
    /// A running API does the same every ten minutes. Events, deliveries and their attempts are not
    /// removed yet.
    Prune,
    /// Ask a running process whether it is ready; the exit status is 0 or 1.
    Health(HealthOptions),
    /// Print shell completions.
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// Exit after the show instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// Address of the demo's API; port 0 picks a free one [default: 127.0.0.1:8080, or a free port
    /// if that is taken].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<ListenAddress>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Apply the migrations that are waiting (the default).
    Up,
    /// Revert the newest migration.
    Down,
    /// List the migrations and whether they are applied.
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Create an API key and print it; it cannot be shown again.
    Create {
        /// What the key is for.
        #[arg(long)]
        name: String,
        /// A scope of the key; may be repeated.
        #[arg(long = "scope", value_name = "SCOPE", default_value = "admin")]
        scopes: Vec<Scope>,
        /// Days until the key expires; without it the key does not expire.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
    /// List the API keys, newest first, without their secrets.
    List,
    /// Revoke an API key.
    Revoke { id: ApiKeyId },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Publish one event on the bus (without a broker: into the outbox) and print its id.
    Publish {
        /// A JSON file with {"type", "data", "id"?, "occurred_at"?, "source"?}; `-` reads standard
        /// input.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// Send a test mail.
    Test {
        /// The recipient.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    /// Also send a test mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    pub mail_to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HealthOptions {
    /// URL of the process, such as http://127.0.0.1:8081 [default: the configured API address].
    #[arg(long)]
    pub url: Option<String>,
    /// Ask at the worker's configured address instead of the API's.
    #[arg(long, conflicts_with = "url")]
    pub worker: bool,
}

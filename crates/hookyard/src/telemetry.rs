//! Logging: one line per fact, as text for eyes or JSON for machines, to standard error (commands
//! print results to standard output).

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, filter::FilterFn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    config::{LogFormat, LogSettings},
    exit::CommandError,
};

/// Starts logging for the rest of the process.
pub(crate) fn start(log: &LogSettings) -> Result<(), CommandError> {
    // The AMQP client calls the end of each of its channels an error; what matters of it the worker
    // says itself.
    let filter = EnvFilter::try_new(log.level.with_default("lapin", "off"))?;
    let registry = tracing_subscriber::registry()
        .with(filter)
        .with(FilterFn::new(is_ours_or_coarse));
    let started = match log.format {
        LogFormat::Text => registry
            .with(
                fmt::layer()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr)
                    .with_target(false),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    started.map_err(Into::into)
}

/// What libraries say for debugging holds the values of statements, requests and headers: addresses,
/// hashes, secret URLs. None of it is logged, whatever the filter says.
fn is_ours_or_coarse(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || metadata.target().starts_with("hookyard")
}

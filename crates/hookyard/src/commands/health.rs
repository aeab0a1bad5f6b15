//! `hookyard health`: what a container's health check calls.

use std::time::Duration;

use anyhow::{Context, bail};

use crate::{cli::Health, config::Config, exit::Failure};

pub(super) async fn run(config: &Config, options: &Health) -> Result<(), Failure> {
    let listen = if options.worker {
        &config.worker.listen
    } else {
        &config.server.listen
    };
    // A process that listens on every address is asked on this machine.
    let here = listen
        .replace("0.0.0.0", "127.0.0.1")
        .replace("[::]", "[::1]");
    let base = options
        .url
        .clone()
        .unwrap_or_else(|| format!("http://{here}"));
    Ok(ask(&format!("{}/health/ready", base.trim_end_matches('/'))).await?)
}

async fn ask(url: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()?;
    let answer = client
        .get(url)
        .send()
        .await
        .with_context(|| format!("nobody answers at {url}"))?;
    let status = answer.status();
    let body = answer.text().await?;
    println!("{body}");
    if !status.is_success() {
        bail!("{url} answers {status}");
    }
    Ok(())
}

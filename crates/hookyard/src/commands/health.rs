//! `hookyard health`: what a container's health check calls.

use std::time::Duration;

use anyhow::{Context, bail};

use crate::{cli::HealthOptions, config::Config, exit::CommandError, output};

pub(super) async fn run(config: &Config, options: &HealthOptions) -> Result<(), CommandError> {
    let listen = if options.worker {
        &config.worker.listen
    } else {
        &config.server.listen
    };
    let here = || format!("http://{}", listen.from_here());
    let base = options.url.clone().unwrap_or_else(here);
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
    output::line(&body)?;
    if !status.is_success() {
        bail!("{url} answers {status}");
    }
    Ok(())
}

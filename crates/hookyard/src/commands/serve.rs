//! `hookyard serve`, `api` and `worker`: one process with one or both parts, until it is told to stop.

use std::time::Duration;

use anyhow::anyhow;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    exit::Failure,
    process::{self, Foundation},
    worker_http,
};

/// What the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    Api,
    Worker,
    Both,
}

/// A process at work.
pub(crate) struct Running {
    /// Where the API listens, when it does.
    pub api: Option<std::net::SocketAddr>,
    stop: CancellationToken,
    http: Vec<actix_web::dev::ServerHandle>,
    tasks: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
}

pub(super) async fn run(config: &Config, parts: Parts) -> Result<(), Failure> {
    let foundation = process::open(config).await?;
    if parts != Parts::Worker {
        process::first_key(config, &foundation.db, parts == Parts::Both).await?;
    }
    let running = start(config, foundation, parts)?;
    running.until_stopped().await
}

/// Starts the parts; returns when their addresses are bound.
pub(crate) fn start(config: &Config, foundation: Foundation, parts: Parts) -> Result<Running, Failure> {
    let mut running = Running { api: None, stop: CancellationToken::new(), http: Vec::new(), tasks: Vec::new() };
    let health = worker::Health::default();
    if parts != Parts::Worker {
        let checks = (parts == Parts::Both).then(|| health.clone());
        running.start_api(config, &foundation, checks)?;
    }
    if parts == Parts::Worker {
        let listener = process::bind("worker.listen", &config.worker.listen)?;
        let address = listener.local_addr()?;
        running.start_http("worker's health page", worker_http::server(listener, health.clone())?);
        tracing::info!(listening = %format!("http://{address}"), "worker is listening");
    }
    let doorbell = storage::doorbell::carry(foundation.db.clone());
    running.tasks.push((
        "doorbell",
        tokio::spawn(async move {
            doorbell.await;
            std::future::pending().await
        }),
    ));
    if parts != Parts::Api {
        let (settings, stop) = (worker_settings(config), running.stop.clone());
        let task = async move {
            let parts = worker::Parts { db: foundation.db, vault: foundation.vault, clock: foundation.clock };
            Ok(worker::run(settings, parts, health, stop).await?)
        };
        running.tasks.push(("worker", tokio::spawn(task)));
    }
    Ok(running)
}

impl Running {
    fn start_api(&mut self, config: &Config, foundation: &Foundation, health: Option<worker::Health>) -> Result<(), Failure> {
        let listener = process::bind("server.listen", &config.server.listen)?;
        let address = listener.local_addr()?;
        let mut state = api::State::new(
            foundation.db.clone(),
            foundation.vault.clone(),
            foundation.clock.clone(),
            api_settings(config, address),
        );
        if let Some(health) = health {
            state = state.with_checks(std::sync::Arc::new(move || health.parts()));
        }
        self.start_http("API", api::server(state, listener)?);
        self.api = Some(address);
        tracing::info!(listening = %format!("http://{address}"), "API is listening");
        Ok(())
    }

    fn start_http(&mut self, name: &'static str, server: actix_web::dev::Server) {
        self.http.push(server.handle());
        self.tasks.push((name, tokio::spawn(async move { Ok(server.await?) })));
    }

    /// Runs until SIGTERM or SIGINT, or until a part ends by itself, which is a failure; then stops the rest.
    pub(crate) async fn until_stopped(mut self) -> Result<(), Failure> {
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let ended = {
            let tasks = self.tasks.iter_mut().map(|(name, task)| Box::pin(async move { (*name, task.await) }));
            tokio::select! {
                _ = term.recv() => None,
                _ = int.recv() => None,
                (ended, _, _) = futures_util::future::select_all(tasks) => Some(ended),
            }
        };
        let failure = ended.map(|(name, result)| {
            self.tasks.retain(|(task, _)| *task != name);
            match result {
                Ok(Ok(())) => anyhow!("the {name} ended by itself"),
                Ok(Err(error)) => error.context(format!("the {name} failed")),
                Err(error) => anyhow::Error::new(error).context(format!("the {name} failed")),
            }
        });
        self.stop().await;
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Takes nothing more and finishes what is under way; each part bounds that by `server.drain_seconds`.
    pub(crate) async fn stop(self) {
        tracing::info!("stopping");
        for http in &self.http {
            http.stop(true).await;
        }
        self.stop.cancel();
        for (name, task) in self.tasks {
            if name == "doorbell" {
                task.abort();
            } else if let Ok(Err(error)) = task.await {
                tracing::error!(error = format!("{error:#}"), "the {name} failed while it stopped");
            }
        }
        tracing::info!("stopped");
    }
}

fn api_settings(config: &Config, address: std::net::SocketAddr) -> api::Settings {
    let server = &config.server;
    api::Settings {
        public_url: server.public_url.clone().unwrap_or_else(|| format!("http://{address}")),
        cors_origins: server.cors_origins.clone(),
        threads: server.threads,
        drain: Duration::from_secs(server.drain_seconds),
        header_timeout: Duration::from_secs(server.header_timeout_seconds),
        max_body_bytes: server.max_body_bytes,
        max_batch_bytes: server.max_batch_bytes,
        max_intake_bytes: config.intake.max_body_bytes,
        max_intake_field_bytes: config.intake.max_field_bytes,
        max_intake_fields: config.intake.max_fields,
        allow_networks: config.delivery.allow_networks.clone(),
    }
}

fn worker_settings(config: &Config) -> worker::Settings {
    worker::Settings {
        allow_networks: config.delivery.allow_networks.clone(),
        max_in_flight: config.delivery.max_in_flight,
        settle_after: Duration::from_millis(config.delivery.settle_after_ms),
        drain: Duration::from_secs(config.server.drain_seconds),
        broker: process::broker(config),
        ..worker::Settings::default()
    }
}

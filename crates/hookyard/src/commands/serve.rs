//! `hookyard serve`, `api` and `worker`: one process with one or both parts, until it is told to
//! stop.

use std::{num::NonZeroU32, time::Duration};

use anyhow::anyhow;
use domain::outbound::guard::Guard;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    exit::Failure,
    housekeeping,
    process::{self, Foundation},
    readiness, tally,
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
    /// Held as long as the process works on an embedded store.
    _lock: Option<std::fs::File>,
    http: Vec<actix_web::dev::ServerHandle>,
    /// What must not end by itself.
    tasks: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
    /// What may be cut off at any time.
    background: Vec<JoinHandle<()>>,
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
pub(crate) fn start(
    config: &Config,
    foundation: Foundation,
    parts: Parts,
) -> Result<Running, Failure> {
    let lock = if parts == Parts::Api {
        None
    } else {
        process::lock_embedded(config)?
    };
    let mut running = Running {
        api: None,
        stop: CancellationToken::new(),
        _lock: lock,
        http: Vec::new(),
        tasks: Vec::new(),
        background: vec![tokio::spawn(storage::doorbell::carry(
            foundation.db.clone(),
        ))],
    };
    let health = worker::WorkerHealth::default();
    let checks = if parts == Parts::Api {
        Vec::new()
    } else {
        readiness::checks(&health, config.broker.url.is_some())
    };
    if parts == Parts::Worker {
        running.start_health_page(config, &foundation, checks)?;
    } else {
        running.start_api(config, &foundation, checks)?;
    }
    if parts != Parts::Api {
        running.start_worker(config, foundation, health)?;
    }
    Ok(running)
}

impl Running {
    fn start_api(
        &mut self,
        config: &Config,
        foundation: &Foundation,
        checks: Vec<api::Check>,
    ) -> Result<(), Failure> {
        let listener = process::bind("server.listen", &config.server.listen)?;
        let address = listener.local_addr()?;
        let housekeeping = housekeeping::run(
            foundation.db.clone(),
            foundation.clock.clone(),
            config.retention,
        );
        self.background.push(tokio::spawn(housekeeping));
        self.background
            .push(tokio::spawn(tally::run(foundation.db.clone())));
        self.start_http(
            "API",
            api::server(state(config, foundation, address, checks)?, listener)?,
        );
        self.api = Some(address);
        tracing::info!(listening = %format!("http://{address}"), "API is listening");
        Ok(())
    }

    fn start_health_page(
        &mut self,
        config: &Config,
        foundation: &Foundation,
        checks: Vec<api::Check>,
    ) -> Result<(), Failure> {
        let listener = process::bind("worker.listen", &config.worker.listen)?;
        let address = listener.local_addr()?;
        self.start_http(
            "worker's health page",
            api::health_server(
                state(config, foundation, address, checks)?.readiness,
                listener,
            )?,
        );
        tracing::info!(listening = %format!("http://{address}"), "worker is listening");
        Ok(())
    }

    fn start_worker(
        &mut self,
        config: &Config,
        foundation: Foundation,
        health: worker::WorkerHealth,
    ) -> Result<(), Failure> {
        let listening = self.api.map_or_else(
            || config.server.listen.clone(),
            |address| address.to_string(),
        );
        let mail = config.mail(&config.public_url(&listening))?;
        let (settings, stop) = (worker_settings(config, mail), self.stop.clone());
        let context = worker::WorkerContext {
            db: foundation.db,
            vault: foundation.vault,
            clock: foundation.clock,
            health,
            stop,
        };
        let work = async move { Ok(worker::run(settings, context).await?) };
        self.tasks.push(("worker", tokio::spawn(work)));
        Ok(())
    }

    fn start_http(&mut self, name: &'static str, server: actix_web::dev::Server) {
        self.http.push(server.handle());
        self.tasks
            .push((name, tokio::spawn(async move { Ok(server.await?) })));
    }

    /// Runs until SIGTERM or SIGINT, or until a part ends by itself, which is a failure; then stops
    /// the rest.
    pub(crate) async fn until_stopped(mut self) -> Result<(), Failure> {
        let (mut term, mut int) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let ended = {
            let tasks = self
                .tasks
                .iter_mut()
                .map(|(name, task)| Box::pin(async move { (*name, task.await) }));
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

    /// Takes nothing more and finishes what is under way; each part bounds that by
    /// `server.drain_seconds`.
    pub(crate) async fn stop(self) {
        tracing::info!("stopping");
        // First, so that both drain at the same time: what the API still accepts is safe in the
        // outbox.
        self.stop.cancel();
        for http in &self.http {
            http.stop(true).await;
        }
        for (name, task) in self.tasks {
            if let Ok(Err(error)) = task.await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "the {name} failed while it stopped"
                );
            }
        }
        self.background.iter().for_each(JoinHandle::abort);
        tracing::info!("stopped");
    }
}

fn state(
    config: &Config,
    foundation: &Foundation,
    address: std::net::SocketAddr,
    checks: Vec<api::Check>,
) -> Result<api::State, Failure> {
    let Foundation { db, vault, clock } = foundation;
    let guard = Guard::new(config.delivery.allow_networks.clone());
    let state = api::State::new(
        db.clone(),
        vault.clone(),
        clock.clone(),
        guard,
        api_settings(config, address)?,
    );
    Ok(checks.into_iter().fold(state, api::State::with_check))
}

fn api_settings(config: &Config, address: std::net::SocketAddr) -> Result<api::Settings, Failure> {
    let server = &config.server;
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(api::Settings {
        public_url: config.public_url(&address.to_string()),
        cors_origins: server.cors_origins.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        workers: if server.threads == 0 {
            cores()
        } else {
            server.threads
        },
        drain: Duration::from_secs(server.drain_seconds),
        docs: server.docs,
        hash_cost: config.hash_cost()?,
        limits: api::Limits {
            body: server.max_body_bytes,
            events_body: server.max_events_bytes,
            events_batch: server.max_batch_events,
            custom_event_types: server.max_custom_event_types.into(),
            intake_body: config.intake.max_body_bytes,
            intake_field: config.intake.max_field_bytes,
            intake_parts: config.intake.max_fields,
            calls_per_minute: NonZeroU32::new(config.intake.max_calls_per_minute),
            misses_per_minute: NonZeroU32::new(config.intake.max_misses_per_minute),
            idempotency_ttl: Duration::from_secs(server.idempotency_hours * 3600),
            key_cache: Duration::from_secs(config.auth.cache_seconds),
            password_requests_per_minute: config.auth.password_requests_per_minute,
            password_mails_per_hour: config.auth.password_mails_per_hour,
            outbox_age: Duration::from_secs(server.max_outbox_age_seconds),
            ..api::Limits::default()
        },
    })
}

fn worker_settings(config: &Config, mail: worker::Mail) -> worker::Settings {
    worker::Settings {
        allow_networks: config.delivery.allow_networks.clone(),
        max_in_flight: config.delivery.max_in_flight,
        settle_after: Duration::from_millis(config.delivery.settle_after_ms),
        record_rows: config.delivery.record_rows,
        record_wait: Duration::from_millis(config.delivery.record_wait_ms),
        drain: Duration::from_secs(config.server.drain_seconds),
        broker: process::broker(config),
        mail: Some(mail),
    }
}

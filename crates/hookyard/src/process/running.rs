//! A process at work, until it is told to stop.

use std::{fs::File, net::SocketAddr};

use actix_web::dev::{Server, ServerHandle};
use anyhow::anyhow;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::{JoinError, JoinHandle},
};
use tokio_util::sync::CancellationToken;

use crate::exit::CommandError;

/// The parts of a process.
pub(crate) struct Running {
    /// Where the API listens, when it does.
    pub api: Option<SocketAddr>,
    stop: CancellationToken,
    /// Held as long as the process works on an embedded store.
    _lock: Option<File>,
    http: Vec<ServerHandle>,
    /// What must not end by itself.
    tasks: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
    /// What may be cut off at any time.
    background: Vec<JoinHandle<()>>,
}

impl Running {
    /// Nothing runs yet.
    pub(super) fn new(lock: Option<File>) -> Self {
        Self {
            api: None,
            stop: CancellationToken::new(),
            _lock: lock,
            http: Vec::new(),
            tasks: Vec::new(),
            background: Vec::new(),
        }
    }

    /// Canceled when the process is told to stop.
    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a part whose end ends the process.
    pub(super) fn spawn(
        &mut self,
        name: &'static str,
        part: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.tasks.push((name, tokio::spawn(part)));
    }

    /// Runs something that can be cut off at any time.
    pub(super) fn spawn_background(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.background.push(tokio::spawn(task));
    }

    pub(super) fn serve_http(&mut self, name: &'static str, server: Server) {
        self.http.push(server.handle());
        self.spawn(name, async move { Ok(server.await?) });
    }

    /// Runs until SIGTERM or SIGINT, or until a part ends by itself, which is a failure; then stops
    /// the rest.
    pub(crate) async fn until_stopped(mut self) -> Result<(), CommandError> {
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
            // It cannot be waited for again.
            self.tasks.retain(|(task, _)| *task != name);
            why_ended(name, result)
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

fn why_ended(name: &str, result: Result<anyhow::Result<()>, JoinError>) -> anyhow::Error {
    match result {
        Ok(Ok(())) => anyhow!("the {name} ended by itself"),
        Ok(Err(error)) => error.context(format!("the {name} failed")),
        Err(error) => anyhow::Error::new(error).context(format!("the {name} failed")),
    }
}

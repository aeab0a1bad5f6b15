//! How the worker starts, runs and ends.

mod tasks;

use std::time::Duration;

use domain::outbound::guard::Guard;
use storage::{Result, deliveries, events, mails};
use tokio::time;

use crate::{
    context::WorkerContext,
    deliver::{
        client::{Client, SetupError},
        feeds::Feeds,
    },
    settings::WorkerSettings,
    source::{
        event_types::EventTypes,
        rabbit::{BrokerError, Bus},
    },
};
use tasks::WorkerTasks;

/// How long it waits before it asks a database again that is away.
const PAUSE: Duration = Duration::from_millis(250);

/// Why the worker cannot start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Client(#[from] SetupError),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("a part of the worker broke down; see the log")]
    Broken,
}

/// What is made before the first task.
struct Setup {
    context: WorkerContext,
    settings: WorkerSettings,
    client: Client,
    /// `None`: the outbox is read in process.
    bus: Option<Bus>,
    feeds: Feeds,
    types: EventTypes,
}

/// Delivers until told to stop; then finishes what is under way, within `settings.drain`, and gives
/// back the rest. A database or a broker that is away is waited for.
///
/// # Errors
/// When the settings cannot work, or when a part of the worker broke down.
pub async fn run(
    settings: WorkerSettings,
    context: WorkerContext,
) -> std::result::Result<(), WorkerError> {
    let told = context.stop.clone();
    // Its own, because it stops its tasks as well when one of them breaks down.
    let context = WorkerContext {
        stop: told.child_token(),
        ..context
    };
    let client = Client::new(Guard::new(settings.delivery.allow_networks.clone()))?;
    let bus = if settings.broker.url.is_some() {
        let (clock, health) = (context.clock.clone(), context.health.clone());
        Some(Bus::new(&settings.broker, clock, health)?)
    } else {
        None
    };
    let setup = Setup {
        feeds: Feeds::new(context.db.clone(), context.vault.clone()),
        types: EventTypes::new(context.db.clone()),
        context: context.clone(),
        settings,
        client,
        bus,
    };
    if !setup.wait_until_ready().await {
        return Ok(());
    }
    let drain = setup.settings.drain;
    let mut tasks = WorkerTasks::start(setup);
    let result = tokio::select! {
        // Looked at first: when told to stop, tasks end rightly.
        biased;
        () = told.cancelled() => Ok(()),
        () = tasks.broken() => Err(WorkerError::Broken),
    };
    context.stop.cancel();
    tasks.end(drain).await;
    result
}

impl Setup {
    /// Waits for the database, and does what must be done before anything can be delivered; false
    /// when it was told to stop first.
    async fn wait_until_ready(&self) -> bool {
        while let Err(error) = self.prepare().await {
            tracing::warn!(%error, "the worker waits for the database");
            tokio::select! {
                () = self.context.stop.cancelled() => return false,
                () = time::sleep(PAUSE) => {}
            }
        }
        true
    }

    async fn prepare(&self) -> Result<()> {
        let WorkerContext { db, clock, .. } = &self.context;
        let now = clock.now();
        deliveries::free_leases(db, now).await?;
        events::free_leases(db, now).await?;
        mails::free_leases(db, now).await?;
        self.types.refresh().await?;
        self.feeds.refresh().await
    }
}

//! The worker's tasks: how they start, hang together and end.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use domain::{Clock, outbound::guard::Guard, vault::Vault};
use storage::{Db, deliveries, events, mails};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    deliver::{
        client::{Client, SetupError},
        dispatcher::Dispatcher,
        due::Poller,
        feeds::Feeds,
        record::{self, Recording},
        send::Sender,
        settle::{self, UnderWay},
        trials::TrialRunner,
    },
    health::Health,
    mail::Mailer,
    route::Router,
    settings::Settings,
    source::{
        event_types::Types,
        outbox::Outbox,
        rabbit::{BrokerError, Bus},
    },
};

/// Batches between sources and router; events between router and settling.
const BATCHES: usize = 4;
const SETTLING: usize = 1024;
/// How long a stopping worker tries to write down what it knows.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Rows that may be in memory, for each request that may be under way.
const PLACES_PER_SEAT: usize = 4;
/// Where workers count, so that they seldom wait for each other.
const SHARDS: i32 = 64;
const PAUSE: Duration = Duration::from_millis(250);

/// What the worker works with.
#[derive(Clone)]
pub struct Parts {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
}

/// Why the worker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Client(#[from] SetupError),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("a part of the worker broke down; see the log")]
    Broken,
}

/// Delivers until told to stop; then finishes what is under way, within `settings.drain`, and gives
/// back the rest. A database or a broker that is away is waited for.
///
/// # Errors
/// [`Error`] when the settings cannot work, or when a part of the worker broke down.
pub async fn run(
    settings: Settings,
    parts: Parts,
    health: Health,
    stop: CancellationToken,
) -> Result<(), Error> {
    let client = Client::new(Guard::new(settings.allow_networks.clone()))?;
    let bus = match &settings.broker {
        Some(broker) => Some(Bus::new(broker, parts.clock.clone(), health.clone())?),
        None => None,
    };
    let feeds = Feeds::new(parts.db.clone(), parts.vault.clone());
    let types = Types::new(parts.db.clone());
    if !begin(&parts, &feeds, &types, &stop).await {
        return Ok(());
    }
    let stop = stop.child_token();
    let mut tasks = Tasks::start(
        &settings,
        Start {
            parts,
            health,
            feeds,
            types,
            client,
            bus,
        },
        &stop,
    );
    let result = tokio::select! {
        // Told to stop, tasks end rightly.
        biased;
        () = stop.cancelled() => Ok(()),
        () = tasks.broken() => Err(Error::Broken),
    };
    stop.cancel();
    tasks.end(settings.drain).await;
    result
}

/// What must be done before anything can be delivered; false when it was told to stop first.
async fn begin(parts: &Parts, feeds: &Feeds, types: &Types, stop: &CancellationToken) -> bool {
    let ready = async || {
        let now = parts.clock.now();
        deliveries::free_leases(&parts.db, now).await?;
        events::free_leases(&parts.db, now).await?;
        mails::free_leases(&parts.db, now).await?;
        types.refresh().await?;
        feeds.refresh().await
    };
    while let Err(error) = ready().await {
        tracing::warn!(%error, "the worker waits for the database");
        tokio::select! {
            () = stop.cancelled() => return false,
            () = time::sleep(PAUSE) => {}
        }
    }
    true
}

struct Start {
    parts: Parts,
    health: Health,
    feeds: Feeds,
    types: Types,
    client: Client,
    bus: Option<Bus>,
}

/// The tasks, by the order of their ends.
struct Tasks {
    /// Router, settling, poller, snapshot and mailer: they end when told to stop, and leave nothing
    /// behind.
    taking: JoinSet<()>,
    dispatcher: Arc<Dispatcher>,
    /// Ends when nobody has anything to record any more.
    recording: JoinHandle<()>,
    give_up: CancellationToken,
    /// They end when every receipt is settled.
    sources: JoinSet<()>,
}

impl Tasks {
    fn start(settings: &Settings, start: Start, stop: &CancellationToken) -> Self {
        let Start {
            parts: Parts { db, vault, clock },
            health,
            feeds,
            types,
            client,
            bus,
        } = start;
        let (recorder, entries) = record::channel();
        let (under_way, due, give_up) = (
            UnderWay::default(),
            Arc::new(Notify::new()),
            CancellationToken::new(),
        );
        let recording = Recording {
            db: db.clone(),
            clock: clock.clone(),
            health: health.clone(),
            under_way: under_way.clone(),
            rows: settings.record_rows.max(1),
            wait: settings.record_wait,
            shard: rand::random_range(0..SHARDS),
            due: due.clone(),
            give_up: give_up.clone(),
        };
        let dispatcher = Arc::new(Dispatcher {
            sender: Sender {
                client,
                clock: clock.clone(),
            },
            recorder: recorder.clone(),
            db: db.clone(),
            clock: clock.clone(),
            due,
            seats: Arc::new(Semaphore::new(settings.max_in_flight)),
            wanted: AtomicBool::new(false),
            runners: TaskTracker::new(),
            stop: stop.clone(),
            abort: CancellationToken::new(),
        });
        let (settling, to_settle) = mpsc::channel(SETTLING);
        let (batches, arrivals) = mpsc::channel(BATCHES);
        let router = Router {
            db: db.clone(),
            clock: clock.clone(),
            feeds: feeds.clone(),
            dispatcher: dispatcher.clone(),
            recorder: recorder.clone(),
            under_way,
            settling,
            stop: stop.clone(),
        };
        let places = Arc::new(Semaphore::new(PLACES_PER_SEAT * settings.max_in_flight));
        let poller = Poller {
            feeds: feeds.clone(),
            dispatcher: dispatcher.clone(),
            health: health.clone(),
            places,
            stop: stop.clone(),
        };
        let mut taking = JoinSet::new();
        taking.spawn(router.run(arrivals));
        taking.spawn(settle::run(to_settle, settings.settle_after, recorder));
        taking.spawn(poller.run());
        taking.spawn(TrialRunner::new(dispatcher.clone(), vault).run());
        taking.spawn(feeds.follow(health.clone(), stop.clone()));
        if let Some(mail) = settings.mail.clone() {
            taking.spawn(
                Mailer {
                    db: db.clone(),
                    clock: clock.clone(),
                    mail,
                    stop: stop.clone(),
                }
                .run(),
            );
        }
        let mut sources = JoinSet::new();
        if let Some(bus) = bus {
            sources.spawn(bus.clone().consume(types, batches, stop.clone()));
            sources.spawn(bus.relay(db, stop.clone()));
        } else {
            sources.spawn(Outbox::new(db, clock, health).run(batches, stop.clone()));
        }
        Self {
            taking,
            dispatcher,
            recording: tokio::spawn(recording.run(entries)),
            give_up,
            sources,
        }
    }

    /// Completes when a task ended that nobody stopped.
    async fn broken(&mut self) {
        let ended = tokio::select! {
            ended = self.taking.join_next() => ended.map_or(Ok(()), |ended| ended),
            ended = self.sources.join_next() => ended.map_or(Ok(()), |ended| ended),
            ended = &mut self.recording => ended,
        };
        tracing::error!(?ended, "a task of the worker ended by itself");
    }

    async fn end(mut self, drain: Duration) {
        self.dispatcher.runners.close();
        if time::timeout(drain, self.quiet()).await.is_err() {
            tracing::warn!(
                "requests are still under way after {drain:?}: they are broken off, and tried again later"
            );
            self.dispatcher.abort.cancel();
            let _ = time::timeout(LAST_WORDS, self.quiet()).await;
        }
        let Self {
            taking,
            dispatcher,
            mut recording,
            give_up,
            mut sources,
        } = self;
        // With them go the last ways into the recorder.
        drop((taking, dispatcher));
        if !recording.is_finished() && time::timeout(LAST_WORDS, &mut recording).await.is_err() {
            tracing::warn!("results could not be written; what they are about comes again");
            give_up.cancel();
        }
        let _ = time::timeout(LAST_WORDS, async {
            while sources.join_next().await.is_some() {}
        })
        .await;
    }

    /// Waits until nothing is taken and nothing is under way any more.
    async fn quiet(&mut self) {
        while self.taking.join_next().await.is_some() {}
        self.dispatcher.runners.wait().await;
    }
}

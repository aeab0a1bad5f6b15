//! The worker's tasks: what each is given, and in which order they end.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc},
    task::{JoinHandle, JoinSet},
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::Setup;
use crate::{
    context::WorkerContext,
    deliver::{
        dispatcher::Dispatcher,
        due::Poller,
        due_bell::DueBell,
        feeds::Feeds,
        held::Held,
        permits::StartPermits,
        receipts::UnderWay,
        record::Recording,
        recorder::{self, Recorder},
        send::Sender,
        settle,
        trials::TrialRunner,
    },
    mail::Mailer,
    route::Router,
    settings::WorkerSettings,
    source::{arrival::Arrival, outbox::Outbox},
};

/// Batches between sources and router; events between router and settling.
const BATCHES: usize = 4;
const SETTLING: usize = 1024;
/// How long a stopping worker tries to write down what it knows.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Rows that may be in memory, for each request that may be under way.
const PLACES_PER_PERMIT: usize = 4;
/// Where workers count, so that they seldom wait for each other.
const SHARDS: i32 = 64;

/// The tasks, by the order of their ends.
pub(super) struct WorkerTasks {
    /// Router, settling, poller, trials, snapshot and mailer: they end when told to stop, and leave
    /// nothing behind.
    taking: JoinSet<()>,
    dispatcher: Arc<Dispatcher>,
    /// Ends when nobody has anything to record any more.
    recording: JoinHandle<()>,
    give_up: CancellationToken,
    /// They end when every receipt is settled.
    sources: JoinSet<()>,
}

/// What the parts that take and record are joined by.
struct Joints {
    context: WorkerContext,
    feeds: Feeds,
    dispatcher: Arc<Dispatcher>,
    recorder: Recorder,
    under_way: UnderWay,
}

impl WorkerTasks {
    pub(super) fn start(setup: Setup) -> Self {
        let (context, settings) = (&setup.context, &setup.settings);
        let (recorder, entries) = recorder::channel();
        let (under_way, due) = (UnderWay::default(), DueBell::default());
        let give_up = CancellationToken::new();
        let recording = Recording {
            context: context.clone(),
            under_way: under_way.clone(),
            rows: settings.delivery.record_rows,
            patience: settings.delivery.record_wait_ms.duration(),
            shard: rand::random_range(0..SHARDS),
            due: due.clone(),
            give_up: give_up.clone(),
        };
        let dispatcher = dispatcher(&setup, recorder.clone(), due);
        let joints = Joints {
            context: context.clone(),
            feeds: setup.feeds.clone(),
            dispatcher: dispatcher.clone(),
            recorder,
            under_way,
        };
        let (batches, arrivals) = mpsc::channel(BATCHES);
        Self {
            taking: joints.start(settings, arrivals),
            dispatcher,
            recording: tokio::spawn(recording.run(entries)),
            give_up,
            sources: sources(setup, batches),
        }
    }

    /// Completes when a task ended that nobody stopped.
    pub(super) async fn broken(&mut self) {
        let ended = tokio::select! {
            ended = self.taking.join_next() => ended.map_or(Ok(()), |ended| ended),
            ended = self.sources.join_next() => ended.map_or(Ok(()), |ended| ended),
            ended = &mut self.recording => ended,
        };
        tracing::error!(?ended, "a task of the worker ended by itself");
    }

    /// Ends them in the order in which they depend on each other: what takes and what is under way,
    /// then recording, which ends with its last sender, then the sources, which hear from the
    /// recorder what is settled.
    pub(super) async fn end(mut self, drain: Duration) {
        self.dispatcher.runners.close();
        if time::timeout(drain, self.quiet()).await.is_err() {
            tracing::warn!(
                "requests are still under way after {drain:?}: they are broken off, and tried again later"
            );
            self.dispatcher.abort.cancel();
            if time::timeout(LAST_WORDS, self.quiet()).await.is_err() {
                tracing::warn!(
                    "deliveries could not be given back; they come again when their leases end"
                );
            }
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
            tracing::warn!("results could not be written; their deliveries come again");
            give_up.cancel();
        }
        let settled = async { while sources.join_next().await.is_some() {} };
        if time::timeout(LAST_WORDS, settled).await.is_err() {
            tracing::warn!("events could not be settled; they come again");
        }
    }

    /// Waits until nothing is taken and nothing is under way any more.
    async fn quiet(&mut self) {
        while self.taking.join_next().await.is_some() {}
        self.dispatcher.runners.wait().await;
    }
}

fn dispatcher(setup: &Setup, recorder: Recorder, due: DueBell) -> Arc<Dispatcher> {
    let sender = Sender {
        client: setup.client.clone(),
        clock: setup.context.clock.clone(),
    };
    Arc::new(Dispatcher {
        context: setup.context.clone(),
        sender,
        recorder,
        permits: StartPermits::new(setup.settings.delivery.max_in_flight),
        held: Held::default(),
        due,
        runners: TaskTracker::new(),
        abort: CancellationToken::new(),
    })
}

impl Joints {
    /// Starts what takes events and rows.
    fn start(
        self,
        settings: &WorkerSettings,
        arrivals: mpsc::Receiver<Vec<Arrival>>,
    ) -> JoinSet<()> {
        let Self {
            context,
            feeds,
            dispatcher,
            recorder,
            under_way,
        } = self;
        let (settling, to_settle) = mpsc::channel(SETTLING);
        let router = Router {
            context: context.clone(),
            feeds: feeds.clone(),
            dispatcher: dispatcher.clone(),
            recorder: recorder.clone(),
            under_way,
            settling,
        };
        let places = PLACES_PER_PERMIT * settings.delivery.max_in_flight;
        let poller = Poller {
            context: context.clone(),
            feeds: feeds.clone(),
            dispatcher: dispatcher.clone(),
            places: Arc::new(Semaphore::new(places)),
        };
        let mut taking = JoinSet::new();
        taking.spawn(router.run(arrivals));
        taking.spawn(settle::run(
            to_settle,
            settings.delivery.settle_after_ms.duration(),
            recorder,
        ));
        taking.spawn(poller.run());
        taking.spawn(TrialRunner::new(context.clone(), dispatcher).run());
        taking.spawn(feeds.follow(context.clone()));
        if let Some(mail) = settings.mail.clone() {
            taking.spawn(Mailer { context, mail }.run());
        }
        taking
    }
}

fn sources(setup: Setup, batches: mpsc::Sender<Vec<Arrival>>) -> JoinSet<()> {
    let mut sources = JoinSet::new();
    if let Some(bus) = setup.bus {
        let WorkerContext { db, stop, .. } = setup.context;
        sources.spawn(bus.clone().consume(setup.types, batches, stop.clone()));
        sources.spawn(bus.relay(db, stop));
    } else {
        sources.spawn(Outbox::new(setup.context).run(batches));
    }
    sources
}

use std::time::Duration;

use domain::{
    Clock,
    delivery::DeliveryState,
    outbound::guard::Guard,
    settings::Section,
    vault::{MasterKey, Vault},
};
use storage::{DatabaseSettings, DatabaseUrl, Db};
use tokio::sync::mpsc;

use super::*;
use crate::{
    WorkerHealth,
    deliver::{
        client::Client,
        entry::RecordEntry,
        fixtures::{due, due_for, feed},
        recorder,
    },
};

struct Rig {
    dispatcher: Arc<Dispatcher>,
    entries: mpsc::Receiver<RecordEntry>,
    _folder: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&url, &DatabaseSettings::defaults()).unwrap();
        let context = WorkerContext {
            db,
            vault: Vault::new(&MasterKey::generate()),
            clock: Clock::system(),
            health: WorkerHealth::default(),
            stop: CancellationToken::new(),
        };
        let (recorder, entries) = recorder::channel();
        let dispatcher = Arc::new(Dispatcher {
            sender: Sender {
                client: Client::new(Guard::new(Vec::new())).unwrap(),
                clock: context.clock.clone(),
            },
            context,
            recorder,
            permits: StartPermits::new(1),
            held: Held::default(),
            due: DueBell::default(),
            runners: TaskTracker::new(),
            abort: CancellationToken::new(),
        });
        Self {
            dispatcher,
            entries,
            _folder: folder,
        }
    }

    /// The state in which the next result leaves its delivery, and how many attempts it had.
    async fn recorded(&mut self) -> (DeliveryState, i32) {
        let entry = self.entries.recv().await.unwrap();
        let result = &entry.group.results[0];
        (result.state, result.attempt_count)
    }
}

#[tokio::test]
async fn what_is_started_and_what_is_queued_is_attempted_and_recorded() {
    let mut rig = Rig::new();
    let lane = Lane::new(feed(1, None));
    assert!(matches!(
        rig.dispatcher.offer(&lane, due(), None),
        Offer::Started
    ));
    assert!(matches!(
        rig.dispatcher.offer(&lane, due(), None),
        Offer::Queued
    ));
    for _ in 0..2 {
        assert_eq!(rig.recorded().await, (DeliveryState::Failed, 1));
    }
    rig.dispatcher.runners.close();
    rig.dispatcher.runners.wait().await;
    assert!(rig.dispatcher.permits.try_take().is_some(), "it came back");
}

#[tokio::test]
async fn what_a_closed_lane_refuses_is_handed_back() {
    let rig = Rig::new();
    let lane = Lane::new(feed(1, None));
    lane.close();
    let task = due();
    let delivery = task.delivery;
    let Offer::Refused(task) = rig.dispatcher.offer(&lane, task, None) else {
        panic!("it is closed");
    };
    assert_eq!(task.delivery, delivery);
}

#[tokio::test]
async fn a_task_that_is_begun_after_the_stop_or_too_late_is_given_back() {
    let mut rig = Rig::new();
    let lane = Lane::new(feed(1, None));
    rig.dispatcher
        .offer(&lane, due_for(Duration::from_secs(2)), None);
    assert_eq!(
        rig.recorded().await,
        (DeliveryState::Pending, 0),
        "its lease ends before an attempt could be recorded"
    );
    rig.dispatcher.context.stop.cancel();
    rig.dispatcher.runners.close();
    rig.dispatcher.runners.wait().await;
    rig.dispatcher.offer(&lane, due(), None);
    assert_eq!(rig.recorded().await, (DeliveryState::Pending, 0));
}

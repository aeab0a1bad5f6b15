//! A corner of the broker, and an outbox, for one test.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{Clock, event::Event, id::EventId, settings::Section};
use futures_util::FutureExt;
use lapin::{
    BasicProperties, Channel, Connection,
    message::Delivery,
    options::{BasicGetOptions, ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use storage::{
    DatabaseSettings, DatabaseUrl, Db,
    events::{self, EventRow},
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::super::{
    Bus, message::OutboundMessage, publisher, session::confirming_channel, topology,
};
use crate::{
    BrokerSettings, WorkerHealth,
    source::{arrival::Arrival, event_types::EventTypes},
};

const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct Scratch {
    pub(super) broker: BrokerSettings,
    pub(super) health: WorkerHealth,
    pub(super) channel: Channel,
    pub(super) bus: Bus,
    _connection: Connection,
}

/// Runs a test with the topology declared, and removes all of it afterwards, whatever happened.
pub(super) async fn scratch(test: impl AsyncFnOnce(Arc<Scratch>)) {
    let url =
        std::env::var("AMQP_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672".into());
    let broker = BrokerSettings {
        url: Some(url.parse().expect("AMQP_URL is a broker's")),
        namespace: format!("test-{}", uuid::Uuid::now_v7()),
        ..BrokerSettings::defaults()
    };
    let health = WorkerHealth::default();
    let bus = Bus::new(&broker, Clock::system(), health.clone()).unwrap();
    let connection = bus.connect("test").await.expect("a RabbitMQ at AMQP_URL");
    let channel = confirming_channel(&connection).await.unwrap();
    topology::declare(&channel, &bus.names).await.unwrap();
    let scratch = Arc::new(Scratch {
        broker,
        health,
        channel,
        bus,
        _connection: connection,
    });
    let outcome = AssertUnwindSafe(test(scratch.clone())).catch_unwind().await;
    scratch.clean().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Scratch {
    async fn clean(&self) {
        let (channel, names) = (
            self._connection.create_channel().await.unwrap(),
            &self.bus.names,
        );
        for queue in [&names.deliver, &names.dead] {
            channel
                .queue_delete(queue.clone(), QueueDeleteOptions::default())
                .await
                .unwrap();
        }
        for exchange in [&names.events, &names.dead] {
            channel
                .exchange_delete(exchange.clone(), ExchangeDeleteOptions::default())
                .await
                .unwrap();
        }
    }

    /// Publishes as any program would.
    pub(super) async fn publish(&self, properties: BasicProperties, body: &str) {
        let outbound = OutboundMessage {
            routing_key: "any.thing".into(),
            properties,
            body: body.into(),
        };
        publisher::publish(&self.channel, &self.bus.names.events, vec![outbound])
            .await
            .pop()
            .unwrap()
            .unwrap();
    }

    /// Publishes a plain message with this id.
    pub(super) async fn publish_order(&self, id: &str) {
        self.publish(
            BasicProperties::default(),
            &format!(r#"{{"id":"{id}","type":"order.paid","data":{{}}}}"#),
        )
        .await;
    }

    /// The next message of a queue, taken out of it.
    pub(super) async fn get(&self, queue: &ShortString) -> Delivery {
        let message = eventually(async || {
            let got = self
                .channel
                .basic_get(queue.clone(), BasicGetOptions { no_ack: true })
                .await
                .unwrap();
            got.map(|message| message.delivery)
        });
        message.await
    }

    /// Messages of a queue that nobody holds.
    pub(super) async fn depth(&self, queue: &ShortString) -> u32 {
        let options = QueueDeclareOptions {
            passive: true,
            ..Default::default()
        };
        self.channel
            .queue_declare(queue.clone(), options, FieldTable::default())
            .await
            .unwrap()
            .message_count()
    }
}

/// A running consumer, and what it handed over.
pub(super) struct Consuming {
    arrivals: mpsc::Receiver<Vec<Arrival>>,
    waiting: std::collections::VecDeque<Arrival>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// A database in a folder; not migrated yet.
fn store(folder: &tempfile::TempDir) -> Db {
    let url = DatabaseUrl::Sqlite(folder.path().join("hookyard.db"));
    Db::open(&url, &DatabaseSettings::defaults()).unwrap()
}

impl Consuming {
    pub(super) fn start(bus: &Bus) -> Self {
        let (sink, arrivals) = mpsc::channel(4);
        let stop = CancellationToken::new();
        let folder = tempfile::tempdir().unwrap();
        let types = EventTypes::new(store(&folder));
        let task = tokio::spawn(bus.clone().consume(types, sink, stop.clone()));
        Self {
            arrivals,
            waiting: Default::default(),
            stop,
            task,
            _folder: folder,
        }
    }

    pub(super) async fn next(&mut self) -> Arrival {
        while self.waiting.is_empty() {
            let batch = tokio::time::timeout(DEADLINE, self.arrivals.recv())
                .await
                .expect("nothing arrives")
                .unwrap();
            self.waiting.extend(batch);
        }
        self.waiting.pop_front().unwrap()
    }

    /// Tells it to stop and to take nothing more; it still settles.
    pub(super) fn tell_to_stop(&self) {
        self.stop.cancel();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Stops it; what was handed over and not settled goes back.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        drop((self.arrivals, self.waiting));
        tokio::time::timeout(DEADLINE, self.task)
            .await
            .expect("the consumer does not stop")
            .unwrap();
    }
}

/// An outbox of its own, and a relay that empties it.
pub(super) struct Relaying {
    pub(super) db: Db,
    _folder: tempfile::TempDir,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Relaying {
    pub(super) async fn start(bus: &Bus) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = store(&folder);
        db.migrate_up().await.unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(bus.clone().relay(db.clone(), stop.clone()));
        Self {
            db,
            _folder: folder,
            stop,
            task,
        }
    }

    /// Commits events to the outbox.
    pub(super) async fn add(&self, events: Vec<Event>) {
        events::insert(
            &mut self.db.write().await.unwrap(),
            events.into_iter().map(EventRow::waiting).collect(),
        )
        .await
        .unwrap();
    }

    pub(super) async fn is_empty(&self) -> bool {
        events::oldest_in_outbox(&mut self.db.read().await.unwrap())
            .await
            .unwrap()
            .is_none()
    }

    /// Whether the relay has the event under way.
    pub(super) async fn is_taken(&self, id: EventId) -> bool {
        let row = events::find(&mut self.db.read().await.unwrap(), id)
            .await
            .unwrap();
        row.outbox_due_at
            .is_some_and(|due_at| due_at > row.received_at)
    }

    pub(super) async fn emptied(&self) {
        eventually(async || self.is_empty().await.then_some(())).await;
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.task)
            .await
            .expect("the relay does not stop")
            .unwrap();
    }
}

/// Polls until there is something; fails after a deadline.
pub(super) async fn eventually<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let polling = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, polling)
        .await
        .expect("it does not come about")
}

pub(super) fn order(total: u32) -> Event {
    Event::new(
        "order.paid",
        "shop",
        &serde_json::json!({"total": total}),
        Clock::system().now(),
    )
}

pub(super) fn text(headers: &FieldTable, name: &str) -> Option<String> {
    match headers.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        _ => None,
    }
}

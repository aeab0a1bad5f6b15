//! A worker on a fresh store, and what tests say about it.

use std::{fmt::Debug, ops::AsyncFn, time::Duration};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use domain::{
    Clock,
    delivery::{Attempt, DeliveryState},
    event::Event,
    feed::{FeedBody, FeedSpec, FeedState, SelectedField},
    id::{EventId, FeedId},
    outbound::signature::SigningSecret,
    settings::Section,
    vault::{MasterKey, Vault},
};
use storage::{
    DatabaseSettings, Db, Document, JsonText,
    deliveries::{self, Delivery},
    events::{self, EventRow},
    feeds::{self, Feed},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use worker::{
    BrokerSettings, DeliverySettings, WorkerContext, WorkerError, WorkerHealth, WorkerSettings,
};

const DEADLINE: Duration = Duration::from_secs(20);
pub(crate) const SECRET: [u8; 32] = [7; 32];

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) clock: Clock,
    pub(crate) health: WorkerHealth,
    url: String,
}

/// A worker that runs until it is stopped or the test ends.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    /// Stops it and waits for its end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.task)
            .await
            .expect("the worker ends")
            .unwrap()
            .unwrap();
    }
}

/// Runs a test on SQLite and, when DATABASE_URL is set, on PostgreSQL.
pub(crate) async fn on_each_store(test: impl AsyncFn(World)) {
    testing::on_each_store(async |url| test(World::new(url).await).await).await;
}

impl World {
    async fn new(url: String) -> Self {
        let database = url.parse().unwrap();
        let db = Db::open(&database, &DatabaseSettings::defaults()).unwrap();
        db.migrate_up().await.unwrap();
        Self {
            db,
            vault: Vault::new(&MasterKey::generate()),
            clock: Clock::system(),
            health: WorkerHealth::default(),
            url,
        }
    }

    pub(crate) fn settings() -> WorkerSettings {
        WorkerSettings {
            delivery: DeliverySettings {
                allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
                ..DeliverySettings::defaults()
            },
            broker: BrokerSettings::defaults(),
            drain: Duration::from_secs(20),
            mail: None,
        }
    }

    pub(crate) fn start(&self) -> Running {
        self.start_with(Self::settings())
    }

    pub(crate) fn start_with(&self, settings: WorkerSettings) -> Running {
        let stop = CancellationToken::new();
        let context = WorkerContext {
            db: self.db.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            health: self.health.clone(),
            stop: stop.clone(),
        };
        let task = tokio::spawn(worker::run(settings, context));
        Running { stop, task }
    }

    /// Adds an enabled feed: all data as JSON by POST, unless the change says otherwise.
    pub(crate) async fn feed(
        &self,
        url: &str,
        events: &[&str],
        change: impl FnOnce(&mut Feed),
    ) -> FeedId {
        let (id, now) = (FeedId::generate(), self.clock.now());
        let secret = SigningSecret::generate(SECRET).expose();
        let mut feed = Feed {
            id,
            state: FeedState::Enabled,
            state_reason: None,
            state_changed_at: now,
            spec: Document::Known(FeedSpec::default()),
            events: JsonText(Vec::new()),
            search: String::new(),
            secret_sealed: self
                .vault
                .seal(&format!("feed secret {id}"), secret.as_bytes()),
            previous_secrets: JsonText(Vec::new()),
            key_sealed: None,
            public_key: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut spec = FeedSpec::default();
        spec.settings.title = "A feed".into();
        spec.settings.url = Some(url.into());
        spec.settings.events = events.iter().map(|event| (*event).to_owned()).collect();
        feed.set_spec(spec);
        change(&mut feed);
        feeds::insert(&mut self.db.write().await.unwrap(), &feed)
            .await
            .unwrap();
        id
    }

    /// Puts events into the outbox, as a change of the community does.
    pub(crate) async fn publish(&self, kind: &str, count: usize) -> Vec<EventId> {
        let event = |n| Event {
            data: data(n),
            ..Event::new(kind, "shop", &serde_json::Value::Null, self.clock.now())
        };
        let rows: Vec<_> = (0..count).map(|n| EventRow::waiting(event(n))).collect();
        events::insert(&mut self.db.write().await.unwrap(), rows)
            .await
            .unwrap()
    }

    /// Runs statements beside the worker: one or the other, by the database.
    pub(crate) async fn execute(&self, sqlite: &str, postgres: &str) {
        if let Some(file) = self.url.strip_prefix("sqlite://") {
            let mut connection = SqliteConnection::establish(file).unwrap();
            connection
                .batch_execute(&format!("PRAGMA busy_timeout = 5000; {sqlite}"))
                .unwrap();
        } else {
            self.on_server(&self.url, postgres).await;
        }
    }

    async fn on_server(&self, url: &str, statements: &str) {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.batch_execute(statements).await.unwrap();
    }

    /// Takes a PostgreSQL database away, or gives it back.
    pub(crate) async fn let_connections(&self, allowed: bool) {
        let (server, name) = self.url.rsplit_once('/').unwrap();
        self.on_server(
            &format!("{server}/postgres"),
            &format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}; \
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND NOT {allowed}"
            ),
        )
        .await;
    }

    /// Cuts every connection to a PostgreSQL database.
    pub(crate) async fn cut_connections(&self) {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let others =
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client
            .batch_execute(&format!("SELECT pg_terminate_backend(pid) {others}"))
            .await
            .unwrap();
    }

    pub(crate) async fn event(&self, id: EventId) -> EventRow {
        events::find(&mut self.db.read().await.unwrap(), id)
            .await
            .unwrap()
    }

    pub(crate) async fn find_feed(&self, id: FeedId) -> Feed {
        feeds::find(&mut self.db.read().await.unwrap(), id)
            .await
            .unwrap()
    }

    /// Every delivery that is a row, the oldest first.
    pub(crate) async fn deliveries(&self, feed: FeedId) -> Vec<Delivery> {
        let filter = deliveries::DeliveryFilter {
            feed_id: Some(feed),
            ..deliveries::DeliveryFilter::default()
        };
        let mut conn = self.db.read().await.unwrap();
        let window = storage::Window {
            limit: 10_000,
            from: None,
        };
        let mut rows = deliveries::list(&mut conn, &filter, &window)
            .await
            .unwrap()
            .rows;
        rows.reverse();
        rows
    }

    /// How many deliveries of a feed are in each state.
    pub(crate) async fn states(&self, feed: FeedId) -> Vec<(DeliveryState, usize)> {
        let rows = self.deliveries(feed).await;
        let count = |state| (state, rows.iter().filter(|row| row.state == state).count());
        DeliveryState::ALL
            .iter()
            .map(|state| count(*state))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

/// Bytes that an encoder would write differently.
pub(crate) fn data(n: usize) -> Vec<u8> {
    format!(
        r#"{{ "order":{{"total":19.90,"number":{n}}}, "customer":{{"email":"ines@example.org"}} }}"#
    )
    .into_bytes()
}

/// What a feed's owner said, to change it.
pub(crate) fn spec(feed: &mut Feed) -> &mut FeedSpec {
    match &mut feed.spec {
        Document::Known(spec) => spec,
        Document::Unreadable { reason, .. } => panic!("{reason}"),
    }
}

pub(crate) fn selected(fields: &[(&str, &str)]) -> FeedBody {
    let field = |(key, value): &(&str, &str)| SelectedField {
        key: (*key).into(),
        value: (*value).into(),
    };
    FeedBody::Selected {
        fields: fields.iter().map(field).collect(),
    }
}

pub(crate) fn attempts(delivery: &Delivery) -> Vec<Attempt> {
    serde_json::from_slice(&delivery.attempts).unwrap()
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    until_equal(what, &holds, true).await;
}

/// Waits until something has a value; shows the last one if it never has.
pub(crate) async fn until_equal<T: PartialEq + Debug>(
    what: &str,
    value: impl AsyncFn() -> T,
    expected: T,
) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    loop {
        let now = value().await;
        if now == expected {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: {now:?} and not {expected:?}"
        );
        tick.tick().await;
    }
}

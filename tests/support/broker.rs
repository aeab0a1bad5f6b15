//! A foreign hand on the bus: RabbitMQ through lapin alone.

use std::time::Duration;

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
        ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    },
    types::FieldTable,
};

use testing::{
    database::block_on,
    wait::{PATIENCE, until},
};

/// The names that one Hookyard uses on a broker that many share; its queues and exchanges are
/// removed with this value.
#[derive(Debug)]
pub struct Broker {
    pub namespace: String,
    pub url: String,
}

/// A message that was taken from a queue.
#[derive(Debug)]
pub struct Message {
    pub routing_key: String,
    pub body: Vec<u8>,
    pub properties: BasicProperties,
}

impl Broker {
    /// A namespace of its own on the broker of `AMQP_URL`.
    ///
    /// # Panics
    /// Without `AMQP_URL`.
    pub fn claim() -> Self {
        let url = std::env::var("AMQP_URL")
            .expect("the server profile needs AMQP_URL (and DATABASE_URL); scripts/test starts servers and sets both");
        Self {
            namespace: format!("test-{}", uuid::Uuid::now_v7().simple()),
            url,
        }
    }

    /// The name of a queue or exchange in the namespace.
    pub fn named(&self, what: &str) -> String {
        format!("{}.{what}", self.namespace)
    }

    /// Publishes a message to the exchange of events, persistent and confirmed.
    ///
    /// # Panics
    /// When the broker refuses, or no queue takes it.
    pub async fn publish(&self, kind: &str, body: &[u8], properties: BasicProperties) {
        self.publish_all(kind, &[body.to_vec()], properties).await;
    }

    /// Publishes messages of the same properties over one channel.
    ///
    /// # Panics
    /// As [`Broker::publish`].
    pub async fn publish_all(&self, kind: &str, bodies: &[Vec<u8>], properties: BasicProperties) {
        let (_connection, channel) = open(&self.url).await.expect("the broker answers");
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .expect("confirms");
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = properties.with_delivery_mode(2);
        for body in bodies {
            let exchange = self.named("events").into();
            let sent = channel
                .basic_publish(exchange, kind.into(), options, body, properties.clone())
                .await;
            let confirmation = sent.expect("published").await.expect("confirmed");
            assert!(confirmation.is_ack(), "the broker did not take the message");
            assert!(
                confirmation.take_message().is_none(),
                "the message reached no queue"
            );
        }
    }

    /// Declares a queue of a stranger and binds it to the exchange of events. It goes with its
    /// connection.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn listen(&self, pattern: &str) -> Listener {
        let (connection, channel) = open(&self.url).await.expect("the broker answers");
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let queue = channel
            .queue_declare("".into(), options, FieldTable::default())
            .await
            .expect("a queue");
        let queue = queue.name().to_string();
        let (exchange, none) = (self.named("events"), QueueBindOptions::default());
        let bound = channel.queue_bind(
            queue.as_str().into(),
            exchange.into(),
            pattern.into(),
            none,
            FieldTable::default(),
        );
        bound.await.expect("bound");
        Listener {
            _connection: connection,
            channel,
            queue,
        }
    }

    /// Whether a queue of Hookyard's is declared.
    pub async fn exists(&self, queue: &str) -> bool {
        let Ok((_connection, channel)) = open(&self.url).await else {
            return false;
        };
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(self.named(queue).into(), passive, FieldTable::default())
            .await
            .is_ok()
    }

    /// A queue of Hookyard's own, to look into.
    ///
    /// # Panics
    /// When the broker is away.
    pub async fn queue(&self, what: &str) -> Listener {
        let (connection, channel) = open(&self.url).await.expect("the broker answers");
        Listener {
            _connection: connection,
            channel,
            queue: self.named(what),
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let (url, namespace) = (self.url.clone(), self.namespace.clone());
        if let Err(error) = block_on(async move { clean_up(&url, &namespace).await }) {
            eprintln!(
                "queues and exchanges of {} are left behind: {error}",
                self.namespace
            );
        }
    }
}

/// A queue from which messages are taken one by one.
pub struct Listener {
    _connection: Connection,
    channel: Channel,
    queue: String,
}

impl Listener {
    /// The next message.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next(&self) -> Message {
        until(
            &format!("a message in {}", self.queue),
            PATIENCE,
            async || {
                let got = self
                    .channel
                    .basic_get(self.queue.as_str().into(), BasicGetOptions::default())
                    .await;
                let message = got.expect("the queue is there")?.delivery;
                message
                    .acker
                    .ack(BasicAckOptions::default())
                    .await
                    .expect("acknowledged");
                let (routing_key, properties) =
                    (message.routing_key.to_string(), message.properties);
                Some(Message {
                    routing_key,
                    body: message.data,
                    properties,
                })
            },
        )
        .await
    }
}

async fn open(url: &str) -> lapin::Result<(Connection, Channel)> {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    let connection = tokio::time::timeout(Duration::from_secs(10), connecting)
        .await
        .expect("the broker answers in time")?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

async fn clean_up(url: &str, namespace: &str) -> lapin::Result<()> {
    let (connection, channel) = open(url).await?;
    for queue in ["deliver", "dead"] {
        channel
            .queue_delete(
                format!("{namespace}.{queue}").into(),
                QueueDeleteOptions::default(),
            )
            .await?;
    }
    for exchange in ["events", "dead"] {
        channel
            .exchange_delete(
                format!("{namespace}.{exchange}").into(),
                ExchangeDeleteOptions::default(),
            )
            .await?;
    }
    connection.close(200, "done".into()).await
}

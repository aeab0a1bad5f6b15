//! What is ours on the broker. Declaring is idempotent: every session does it, so whatever was
//! deleted comes back.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

use super::session::{BrokerError, within};

/// How often a message may come back before it goes to the dead-letter queue: a message that kills
/// its worker ends there.
const DELIVERY_LIMIT: i32 = 20;

/// Names of the exchanges and queues.
#[derive(Debug, Clone)]
pub(super) struct BrokerNames {
    /// Topic exchange; the routing key is the event type.
    pub(super) events: ShortString,
    /// Queue of what is to be delivered.
    pub(super) deliver: ShortString,
    /// Fanout exchange of what cannot be read, and the queue behind it.
    pub(super) dead: ShortString,
}

impl BrokerNames {
    /// The names that begin with the namespace.
    pub(super) fn new(namespace: &str) -> Self {
        let name = |part: &str| ShortString::from(format!("{namespace}.{part}"));
        Self {
            events: name("events"),
            deliver: name("deliver"),
            dead: name("dead"),
        }
    }
}

/// Declares both exchanges and both queues and binds them.
pub(super) async fn declare(channel: &Channel, names: &BrokerNames) -> Result<(), BrokerError> {
    exchange(channel, &names.events, ExchangeKind::Topic).await?;
    exchange(channel, &names.dead, ExchangeKind::Fanout).await?;
    queue(channel, &names.dead, quorum()).await?;
    bind(channel, &names.dead, &names.dead, "").await?;
    let mut arguments = quorum();
    arguments.insert(
        "x-delivery-limit".into(),
        AMQPValue::LongInt(DELIVERY_LIMIT),
    );
    arguments.insert(
        "x-dead-letter-exchange".into(),
        AMQPValue::LongString(names.dead.as_str().into()),
    );
    queue(channel, &names.deliver, arguments).await?;
    bind(channel, &names.deliver, &names.events, "#").await
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    arguments
}

async fn exchange(
    channel: &Channel,
    name: &ShortString,
    kind: ExchangeKind,
) -> Result<(), BrokerError> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    within(channel.exchange_declare(name.clone(), kind, options, FieldTable::default())).await
}

async fn queue(
    channel: &Channel,
    name: &ShortString,
    arguments: FieldTable,
) -> Result<(), BrokerError> {
    let options = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    within(channel.queue_declare(name.clone(), options, arguments))
        .await
        .map(drop)
}

async fn bind(
    channel: &Channel,
    queue: &ShortString,
    exchange: &ShortString,
    key: &str,
) -> Result<(), BrokerError> {
    let options = QueueBindOptions::default();
    within(channel.queue_bind(
        queue.clone(),
        exchange.clone(),
        key.into(),
        options,
        FieldTable::default(),
    ))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_namespace() {
        let names = BrokerNames::new("hookyard");
        assert_eq!(
            [
                names.events.as_str(),
                names.deliver.as_str(),
                names.dead.as_str()
            ],
            ["hookyard.events", "hookyard.deliver", "hookyard.dead"]
        );
    }
}

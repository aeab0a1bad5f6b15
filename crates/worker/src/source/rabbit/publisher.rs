//! Publishing so that nothing is lost silently: persistent, mandatory, confirmed.

use domain::{Clock, Instant};
use lapin::{
    BasicProperties, Channel, Confirmation, PublisherConfirm, options::BasicPublishOptions,
    types::ShortString,
};
use tokio::time::timeout_at;

use super::{
    Bus,
    message::{self, OutboundMessage, UnreadableMessage},
    session::{ANSWER_TIMEOUT, BrokerError, close, confirming_channel},
    topology,
};
use crate::{health::WorkerHealth, settings::BrokerSettings};

/// AMQP's mark for a message that survives a restart of the broker.
const PERSISTENT: u8 = 2;

/// Publishes all, then waits for all confirms, within one deadline. One result for each, in order;
/// after a failure that is not [`BrokerError::Refused`] the channel is not worth using again.
pub(super) async fn publish(
    channel: &Channel,
    exchange: &ShortString,
    messages: Vec<OutboundMessage>,
) -> Vec<Result<(), BrokerError>> {
    let deadline = tokio::time::Instant::now() + ANSWER_TIMEOUT;
    let mut sent = Vec::with_capacity(messages.len());
    for message in messages {
        let sending = timeout_at(deadline, send(channel, exchange, message)).await;
        sent.push(
            sending
                .map_err(|_| BrokerError::TooSlow)
                .and_then(|sent| sent.map_err(Into::into)),
        );
    }
    let mut results = Vec::with_capacity(sent.len());
    for confirm in sent {
        results.push(match confirm {
            Ok(confirm) => match timeout_at(deadline, confirm).await {
                Ok(Ok(confirmation)) => judge(confirmation),
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err(BrokerError::TooSlow),
            },
            Err(error) => Err(error),
        });
    }
    results
}

async fn send(
    channel: &Channel,
    exchange: &ShortString,
    message: OutboundMessage,
) -> lapin::Result<PublisherConfirm> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..Default::default()
    };
    let properties = message.properties.with_delivery_mode(PERSISTENT);
    channel
        .basic_publish(
            exchange.clone(),
            message.routing_key,
            options,
            &message.body,
            properties,
        )
        .await
}

fn judge(confirmation: Confirmation) -> Result<(), BrokerError> {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        // Confirmed, but no queue wanted it.
        Confirmation::Ack(Some(returned)) => {
            Err(BrokerError::Refused(returned.reply_text.to_string()))
        }
        Confirmation::Nack(_) => Err(BrokerError::Refused("it was not stored".into())),
        Confirmation::NotRequested => Err(BrokerError::Refused("it was not confirmed".into())),
    }
}

/// The event could not be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Unreadable(#[from] UnreadableMessage),
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

/// Puts one event on the bus, `{"id"?, "type", "occurred_at"?, "source"?, "data": {…}}`, as it is.
/// It is safe with the broker when this returns. Gives the event's type.
///
/// # Errors
/// [`PublishError`]; after one of the broker the event may have been published all the same.
pub async fn publish_event(
    settings: &BrokerSettings,
    event: &[u8],
    now: Instant,
) -> Result<String, PublishError> {
    let kind = message::read_plain(event, None, now)?.kind;
    let bus = Bus::new(settings, Clock::system(), WorkerHealth::default())?;
    let connection = bus.connect("publish").await?;
    let channel = confirming_channel(&connection).await?;
    // So that a worker which never ran yet finds the event later.
    topology::declare(&channel, &bus.names).await?;
    let outbound = OutboundMessage {
        routing_key: ShortString::from(kind.as_str()),
        properties: BasicProperties::default().with_content_type("application/json".into()),
        body: event.to_vec(),
    };
    let results = publish(&channel, &bus.names.events, vec![outbound]).await;
    close(&connection).await;
    results.into_iter().collect::<Result<(), _>>()?;
    Ok(kind)
}

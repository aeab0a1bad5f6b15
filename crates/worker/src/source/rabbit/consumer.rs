//! The source of the server profile: messages of the queue, in batches, each with a receipt.

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions},
    types::FieldTable,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Bus, acks, message,
    publisher::publish,
    session::{BrokerError, close, confirming_channel, within},
    topology,
};
use crate::{
    health::WorkerPart,
    source::{
        arrival::{Arrival, Origin, Receipt, TaggedSettlement},
        event_types::{BatchCheck, EventTypes},
    },
};

/// Most events of one batch.
const BATCH: usize = 256;
/// Unique within a channel, and each consumer has a channel of its own.
const TAG: &str = "hookyard";

/// Where a session reads from and answers to.
struct ConsumerSession {
    consumer: Consumer,
    channel: Channel,
    /// For dead letters.
    publishing: Channel,
    receipts: mpsc::Sender<TaggedSettlement>,
    types: EventTypes,
}

impl Bus {
    /// Hands over what arrives until it is told to stop, and then settles until every receipt is
    /// returned or dropped.
    pub(crate) async fn consume(
        self,
        types: EventTypes,
        sink: mpsc::Sender<Vec<Arrival>>,
        stop: CancellationToken,
    ) {
        self.supervise(&[WorkerPart::Broker, WorkerPart::Consumer], &stop, || {
            self.consumer_session(&types, &sink, &stop)
        })
        .await;
    }

    async fn consumer_session(
        &self,
        types: &EventTypes,
        sink: &mpsc::Sender<Vec<Arrival>>,
        stop: &CancellationToken,
    ) -> Result<(), BrokerError> {
        let connection = self.connect("consumer").await?;
        self.health.well(WorkerPart::Broker);
        let channel = within(connection.create_channel()).await?;
        let publishing = confirming_channel(&connection).await?;
        topology::declare(&channel, &self.names).await?;
        within(channel.basic_qos(self.prefetch, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions::default();
        let consumer = within(channel.basic_consume(
            self.names.deliver.clone(),
            TAG.into(),
            options,
            FieldTable::default(),
        ))
        .await?;
        self.health.well(WorkerPart::Consumer);
        tracing::info!(queue = %self.names.deliver, "consuming");
        // The broker hands over no more than the prefetch before something is settled, and a
        // message stays handed over until its settlement has left the channel.
        let (receipts, settled) = mpsc::channel(self.prefetch.into());
        let session = ConsumerSession {
            consumer,
            channel: channel.clone(),
            publishing,
            receipts,
            types: types.clone(),
        };
        tokio::try_join!(
            self.hand_over(session, sink, stop),
            acks::run(&channel, settled)
        )?;
        close(&connection).await;
        Ok(())
    }

    /// Ends with an error when the session is lost. What is handed over then comes again, from the
    /// broker.
    async fn hand_over(
        &self,
        mut session: ConsumerSession,
        sink: &mpsc::Sender<Vec<Arrival>>,
        stop: &CancellationToken,
    ) -> Result<(), BrokerError> {
        while let Some(first) = stop.run_until_cancelled(session.consumer.next()).await {
            let mut next = Some(first.ok_or_else(canceled)?);
            let (mut batch, mut check) = (Vec::new(), BatchCheck::of(&session.types));
            while let Some(delivery) = next {
                batch.extend(self.read(&session, &mut check, delivery?).await?);
                next = if batch.len() < BATCH {
                    arrived(&mut session.consumer)?
                } else {
                    None
                };
            }
            if !batch.is_empty() && sink.send(batch).await.is_err() {
                break;
            }
        }
        // What the broker has sent already and nobody looked at goes back when the channel closes.
        within(
            session
                .channel
                .basic_cancel(TAG.into(), BasicCancelOptions::default()),
        )
        .await
    }

    /// The event in a message; `None` when there is none, and it was laid aside.
    async fn read(
        &self,
        session: &ConsumerSession,
        check: &mut BatchCheck,
        delivery: Delivery,
    ) -> Result<Option<Arrival>, BrokerError> {
        let read = match message::read(&delivery.properties, &delivery.data, self.clock.now()) {
            // Our own were checked when they were accepted, against what their type said then.
            Ok((event, Origin::Bus)) => check
                .event(&event)
                .await
                .map(|()| (event, Origin::Bus))
                .map_err(Into::into),
            read => read,
        };
        match read {
            Ok((event, origin)) => {
                let receipt = Receipt::new(delivery.delivery_tag, session.receipts.clone());
                // A relay that dies between publishing and noting it publishes again, which no flag
                // of the broker's tells.
                let redelivered = delivery.redelivered || origin == Origin::Own;
                Ok(Some(Arrival {
                    event,
                    origin,
                    redelivered,
                    receipt,
                }))
            }
            Err(why) => self.lay_aside(session, delivery, &why).await.map(|()| None),
        }
    }

    /// To the dead-letter queue, with the reason; if that cannot be written, without it.
    async fn lay_aside(
        &self,
        session: &ConsumerSession,
        delivery: Delivery,
        why: &message::UnreadableMessage,
    ) -> Result<(), BrokerError> {
        tracing::warn!(reason = %why, routing_key = %delivery.routing_key, "a message cannot be read; it goes to the dead-letter queue");
        let Delivery {
            routing_key,
            properties,
            data,
            acker,
            ..
        } = delivery;
        let dead = message::dead_letter(routing_key, properties, data, why);
        let written = publish(&session.publishing, &self.names.dead, vec![dead])
            .await
            .into_iter()
            .all(|result| result.is_ok());
        if written {
            within(acker.ack(Default::default())).await.map(drop)
        } else {
            within(acker.reject(BasicRejectOptions { requeue: false }))
                .await
                .map(drop)
        }
    }
}

/// The next message if it is here already.
fn arrived(consumer: &mut Consumer) -> Result<Option<lapin::Result<Delivery>>, BrokerError> {
    match consumer.next().now_or_never() {
        Some(Some(delivery)) => Ok(Some(delivery)),
        Some(None) => Err(canceled()),
        None => Ok(None),
    }
}

/// The broker ends a consumer when its queue is deleted or its node goes.
fn canceled() -> BrokerError {
    BrokerError::Failed("the consumer was canceled".into())
}

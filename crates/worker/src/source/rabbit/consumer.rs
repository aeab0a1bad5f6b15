//! The source of the server profile: messages of the queue, in batches, each with a receipt.

use std::panic::AssertUnwindSafe;

use domain::event::Event;
use futures_util::{FutureExt, StreamExt, future::try_join_all};
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions},
    types::FieldTable,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Bus,
    acks::Acks,
    message::{self, UnreadableMessage},
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

/// A message that is no event.
struct DeadMessage {
    delivery: Delivery,
    why: UnreadableMessage,
}

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
        let acks = Acks {
            channel: channel.clone(),
            publishing: publishing.clone(),
            dead: self.names.dead.clone(),
        };
        let session = ConsumerSession {
            consumer,
            channel,
            publishing,
            receipts,
            types: types.clone(),
        };
        tokio::try_join!(self.hand_over(session, sink, stop), acks.run(settled))?;
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
            let (mut batch, mut unreadable) = (Vec::new(), Vec::new());
            let mut check = BatchCheck::of(&session.types);
            while let Some(delivery) = next {
                match self.read(&session, &mut check, delivery?).await {
                    Ok(arrival) => batch.push(arrival),
                    Err(dead) => unreadable.push(dead),
                }
                next = if batch.len() + unreadable.len() < BATCH {
                    arrived(&mut session.consumer)?
                } else {
                    None
                };
            }
            self.lay_aside(&session, unreadable).await?;
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

    /// The event in a message, or the message with what is wrong with it.
    async fn read(
        &self,
        session: &ConsumerSession,
        check: &mut BatchCheck,
        delivery: Delivery,
    ) -> Result<Arrival, DeadMessage> {
        let reading = AssertUnwindSafe(self.event(check, &delivery));
        match reading.catch_unwind().await.unwrap_or_else(|_| {
            Err(UnreadableMessage::new(
                "panicked",
                "Reading it broke down; see the log.",
            ))
        }) {
            Ok((event, origin)) => {
                // A relay that dies between publishing and noting it publishes again, which no flag
                // of the broker's tells.
                let redelivered = delivery.redelivered || origin == Origin::Own;
                Ok(Arrival {
                    event,
                    origin,
                    redelivered,
                    receipt: Receipt::new(delivery.delivery_tag, session.receipts.clone()),
                })
            }
            Err(why) => Err(DeadMessage { delivery, why }),
        }
    }

    async fn event(
        &self,
        check: &mut BatchCheck,
        delivery: &Delivery,
    ) -> Result<(Event, Origin), UnreadableMessage> {
        let read = message::read(&delivery.properties, &delivery.data, self.clock.now())?;
        // Our own were checked when they were accepted, against what their type said then.
        if read.1 == Origin::Bus {
            check.event(&read.0).await?;
        }
        Ok(read)
    }

    /// To the dead-letter queue, with their reasons, and all at once; what cannot be written there
    /// goes without its reason.
    async fn lay_aside(
        &self,
        session: &ConsumerSession,
        messages: Vec<DeadMessage>,
    ) -> Result<(), BrokerError> {
        let (mut letters, mut ackers) = (Vec::new(), Vec::new());
        for DeadMessage { delivery, why } in messages {
            tracing::warn!(reason = %why, routing_key = %delivery.routing_key, "a message cannot be read; it goes to the dead-letter queue");
            let Delivery {
                routing_key,
                properties,
                data,
                acker,
                ..
            } = delivery;
            letters.push(message::dead_letter(routing_key, properties, data, &why));
            ackers.push(acker);
        }
        let written = publish(&session.publishing, &self.names.dead, letters).await;
        let settled = ackers.iter().zip(written).map(async |(acker, written)| {
            if written.is_ok() {
                acker.ack(Default::default()).await
            } else {
                acker.reject(BasicRejectOptions { requeue: false }).await
            }
        });
        within(try_join_all(settled)).await.map(drop)
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

//! Settlements on their way back to the broker.

use std::time::Duration;

use futures_util::future::try_join_all;
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions},
    types::ShortString,
};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::{
    message,
    publisher::publish,
    session::{BrokerError, within},
};
use crate::source::arrival::{Refusal, Settlement, TaggedSettlement};

/// Most settlements that go out together.
const BATCH: usize = 512;
/// What is given back waits this long: a message that is always given back must not run in circles,
/// for the broker counts the rounds and lays it aside after some.
const RELEASE_EVERY: Duration = Duration::from_secs(1);

/// Carries out settlements.
pub(super) struct Acks {
    pub(super) channel: Channel,
    /// For dead letters.
    pub(super) publishing: Channel,
    pub(super) dead: ShortString,
}

impl Acks {
    /// Goes on until nobody can give a settlement any more.
    pub(super) async fn run(
        &self,
        mut settlements: mpsc::Receiver<TaggedSettlement>,
    ) -> Result<(), BrokerError> {
        let (mut batch, mut released) = (Vec::with_capacity(BATCH), Vec::new());
        let mut release = tokio::time::interval(RELEASE_EVERY);
        release.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                received = settlements.recv_many(&mut batch, BATCH) => {
                    if received == 0 {
                        return give_back(&self.channel, &mut released).await;
                    }
                    self.settle(&mut batch, &mut released).await?;
                }
                _ = release.tick(), if !released.is_empty() => give_back(&self.channel, &mut released).await?,
            }
        }
    }

    async fn settle(
        &self,
        batch: &mut Vec<TaggedSettlement>,
        released: &mut Vec<u64>,
    ) -> Result<(), BrokerError> {
        let (mut acked, mut refused) = (Vec::new(), Vec::new());
        for (tag, settlement) in batch.drain(..) {
            match settlement {
                Settlement::Ack => acked.push(tag),
                Settlement::Release => released.push(tag),
                Settlement::Refuse(refusal) => refused.push((tag, refusal)),
            }
        }
        let acks = acked.into_iter();
        let acks = acks.map(|tag| self.channel.basic_ack(tag, BasicAckOptions::default()));
        within(try_join_all(acks)).await?;
        for (tag, refusal) in refused {
            self.lay_aside(tag, *refusal).await?;
        }
        Ok(())
    }

    /// To the dead-letter queue, with the reason; what cannot be written there goes without it.
    async fn lay_aside(&self, tag: u64, refusal: Refusal) -> Result<(), BrokerError> {
        let letter = refusal
            .event
            .map(|event| message::refused(&event, &refusal.reason));
        let letters = letter.into_iter().collect();
        let written = publish(&self.publishing, &self.dead, letters).await;
        if matches!(written.as_slice(), [Ok(())]) {
            within(self.channel.basic_ack(tag, BasicAckOptions::default())).await
        } else {
            let options = BasicRejectOptions { requeue: false };
            within(self.channel.basic_reject(tag, options)).await
        }
    }
}

async fn give_back(channel: &Channel, released: &mut Vec<u64>) -> Result<(), BrokerError> {
    let options = BasicNackOptions {
        requeue: true,
        ..Default::default()
    };
    within(try_join_all(
        released
            .drain(..)
            .map(|tag| channel.basic_nack(tag, options)),
    ))
    .await
    .map(drop)
}

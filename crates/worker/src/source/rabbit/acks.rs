//! Settlements on their way back to the broker.

use std::time::Duration;

use futures_util::future::try_join_all;
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicNackOptions},
};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::session::{BrokerError, within};
use crate::source::arrival::{Settlement, TaggedSettlement};

/// Most settlements that go out together.
const BATCH: usize = 512;
/// What is given back waits this long: a message that is always given back must not run in circles,
/// for the broker counts the rounds and lays it aside after some.
const RELEASE_EVERY: Duration = Duration::from_secs(1);

/// Carries out settlements until nobody can give one any more.
pub(super) async fn run(
    channel: &Channel,
    mut settlements: mpsc::Receiver<TaggedSettlement>,
) -> Result<(), BrokerError> {
    let (mut batch, mut released) = (Vec::with_capacity(BATCH), Vec::new());
    let mut release = tokio::time::interval(RELEASE_EVERY);
    release.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            received = settlements.recv_many(&mut batch, BATCH) => {
                if received == 0 {
                    return give_back(channel, &mut released).await;
                }
                let acked = batch.iter().filter(|(_, settlement)| *settlement == Settlement::Ack).map(|(tag, _)| *tag);
                within(try_join_all(acked.map(|tag| channel.basic_ack(tag, BasicAckOptions::default())))).await?;
                released.extend(batch.drain(..).filter(|(_, settlement)| *settlement == Settlement::Release).map(|(tag, _)| tag));
            }
            _ = release.tick(), if !released.is_empty() => give_back(channel, &mut released).await?,
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

//! The relay: rows of the outbox become messages on the exchange, and leave the outbox when the
//! broker has them.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Instant, id::EventId};
use lapin::Channel;
use storage::{
    Db, Signal,
    events::{self, EventRow},
};
use tokio_util::sync::CancellationToken;

use super::{
    Bus, message,
    publisher::publish,
    session::{BrokerError, close, confirming_channel},
    topology,
};
use crate::health::WorkerPart;

/// Most events that are published before their confirms are awaited.
const WINDOW: i64 = 256;
/// How long rows are ours; longer than publishing a window can take.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How long an event waits that the broker refused.
const REFUSED_PAUSE: TimeDelta = TimeDelta::seconds(5);
/// The bell can be missed.
const POLL: Duration = Duration::from_secs(1);
/// A database that does not answer is left alone for this time.
const STORAGE_PAUSE: Duration = Duration::from_secs(1);
/// How often the move out of the outbox is tried. If it fails for good, the events are published
/// twice, which is allowed.
const MOVE_TRIES: u32 = 5;

/// What became of a window.
#[derive(Default)]
struct WindowOutcome {
    confirmed: Vec<EventId>,
    refused: Vec<EventId>,
    /// The session broke before they were confirmed.
    unsure: Vec<EventId>,
    broken: Option<BrokerError>,
}

impl Bus {
    /// Publishes the outbox until it is told to stop.
    pub(crate) async fn relay(self, db: Db, stop: CancellationToken) {
        self.supervise(&[WorkerPart::Outbox], &stop, || {
            self.relay_session(&db, &stop)
        })
        .await;
    }

    async fn relay_session(&self, db: &Db, stop: &CancellationToken) -> Result<(), BrokerError> {
        let connection = self.connect("relay").await?;
        let channel = confirming_channel(&connection).await?;
        topology::declare(&channel, &self.names).await?;
        while !stop.is_cancelled() {
            // Else an idle relay would learn of it with the next event.
            if !connection.status().connected() {
                return Err(BrokerError::Failed("the connection was lost".into()));
            }
            let now = self.clock.now();
            match events::claim_outbox(db, now, now + LEASE, WINDOW).await {
                Ok(rows) => {
                    self.health.well(WorkerPart::Outbox);
                    let full = i64::try_from(rows.len()).is_ok_and(|claimed| claimed == WINDOW);
                    self.send_window(&channel, db, rows).await?;
                    if !full {
                        stop.run_until_cancelled(woken(db)).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read");
                    self.health.ill(WorkerPart::Outbox, error.to_string());
                    stop.run_until_cancelled(tokio::time::sleep(STORAGE_PAUSE))
                        .await;
                }
            }
        }
        close(&connection).await;
        Ok(())
    }

    async fn send_window(
        &self,
        channel: &Channel,
        db: &Db,
        rows: Vec<EventRow>,
    ) -> Result<(), BrokerError> {
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let messages = rows
            .into_iter()
            .map(|row| message::outbound(&row.into_event()))
            .collect();
        let window = sort(ids, publish(channel, &self.names.events, messages).await);
        let now = self.clock.now();
        move_outbox(db, window.confirmed, None).await;
        move_outbox(db, window.refused, Some(now + REFUSED_PAUSE)).await;
        move_outbox(db, window.unsure, Some(now)).await;
        window.broken.map_or(Ok(()), Err)
    }
}

fn sort(ids: Vec<EventId>, results: Vec<Result<(), BrokerError>>) -> WindowOutcome {
    let mut window = WindowOutcome::default();
    for (id, result) in ids.into_iter().zip(results) {
        match result {
            Ok(()) => window.confirmed.push(id),
            Err(error @ BrokerError::Refused(_)) => {
                tracing::warn!(event_id = %id, %error, "an event was not taken; it is tried again");
                window.refused.push(id);
            }
            Err(error) => {
                window.unsure.push(id);
                window.broken.get_or_insert(error);
            }
        }
    }
    window
}

/// If this fails until the end, the lease runs out and the events come again.
async fn move_outbox(db: &Db, ids: Vec<EventId>, due_at: Option<Instant>) {
    if ids.is_empty() {
        return;
    }
    for attempt in 0..MOVE_TRIES {
        match events::move_outbox(db, ids.clone(), due_at).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, attempt, "published events cannot be moved out of the outbox")
            }
        }
        tokio::time::sleep(STORAGE_PAUSE).await;
    }
}

async fn woken(db: &Db) {
    tokio::select! {
        () = db.signals().heard(Signal::Outbox) => {}
        () = tokio::time::sleep(POLL) => {}
    }
}

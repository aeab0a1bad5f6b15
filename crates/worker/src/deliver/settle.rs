//! Settling: an event is acknowledged when each of its deliveries is a row. What is still under way
//! after a while becomes a row with a lease, so that a slow receiver does not hold back the event.

use std::{collections::VecDeque, mem, sync::Arc, time::Duration};

use tokio::{sync::mpsc, time};

use crate::deliver::{recorder::Recorder, unsettled::UnsettledEvent};

/// Events that are noted at once.
const BATCH: usize = 1024;

/// Closes each event when its time is up, and all of them when the router ends.
pub(crate) async fn run(
    mut routed: mpsc::Receiver<Arc<UnsettledEvent>>,
    after: Duration,
    recorder: Recorder,
) {
    // In the order of their times, because all wait equally long.
    let mut events: VecDeque<(time::Instant, Arc<UnsettledEvent>)> = VecDeque::new();
    let mut arrived = Vec::new();
    loop {
        let due = events
            .front()
            .map_or_else(time::Instant::now, |(due, _)| *due);
        tokio::select! {
            count = routed.recv_many(&mut arrived, BATCH) => {
                if count == 0 {
                    break;
                }
                let due = time::Instant::now() + after;
                events.extend(mem::take(&mut arrived).into_iter().map(|event| (due, event)));
            }
            () = time::sleep_until(due), if !events.is_empty() => {
                if let Some((_, event)) = events.pop_front() {
                    event.close(&recorder).await;
                }
            }
        }
        // Those that are done need no timer.
        while events.front().is_some_and(|(_, event)| !event.is_open()) {
            events.pop_front();
        }
    }
    for (_, event) in events {
        event.close(&recorder).await;
    }
}

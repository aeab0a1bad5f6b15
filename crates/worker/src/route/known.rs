//! Repeats: what was routed before is not routed again.

use std::{collections::HashMap, time::Duration};

use domain::id::EventId;
use storage::{
    Db,
    hot::{self, Known},
};

use crate::arrival::{Arrival, Origin};

const PAUSE: Duration = Duration::from_millis(200);

/// Acknowledges what is recorded already, and gives what is known under another id that id. One query for a batch, and none
/// for events that cannot be repeats.
pub(super) async fn sort_out(db: &Db, batch: Vec<Arrival>) -> Vec<Arrival> {
    let (mut ids, mut external) = (Vec::new(), Vec::new());
    for arrival in &batch {
        match (arrival.origin, &arrival.event.external_id) {
            (Origin::Bus, Some(id)) => external.push((arrival.event.source.clone(), id.clone())),
            (Origin::Own, _) if arrival.redelivered => ids.push(arrival.event.id),
            _ => {}
        }
    }
    if ids.is_empty() && external.is_empty() {
        return batch;
    }
    let known = look_up(db, ids, external).await;
    if known.is_empty() {
        return batch;
    }
    let by_id: HashMap<EventId, &Known> = known.iter().map(|known| (known.id, known)).collect();
    let by_name: HashMap<_, &Known> = known.iter().map(|known| ((known.source.as_str(), known.external_id.as_deref()), known)).collect();
    let sort_out = |mut arrival: Arrival| {
        let event = &arrival.event;
        let known = match arrival.origin {
            Origin::Own => by_id.get(&event.id),
            Origin::Bus => event.external_id.as_deref().and_then(|id| by_name.get(&(event.source.as_str(), Some(id)))),
        };
        match known {
            None => Some(arrival),
            Some(known) if known.routed => {
                arrival.receipt.ack();
                None
            }
            Some(known) => {
                arrival.event.id = known.id;
                arrival.origin = Origin::Own;
                Some(arrival)
            }
        }
    };
    batch.into_iter().filter_map(sort_out).collect()
}

async fn look_up(db: &Db, ids: Vec<EventId>, external: Vec<(String, String)>) -> Vec<Known> {
    loop {
        match hot::known_events(db, ids.clone(), external.clone()).await {
            Ok(known) => return known,
            Err(error) => {
                tracing::warn!(%error, "repeats cannot be looked up; routing waits");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

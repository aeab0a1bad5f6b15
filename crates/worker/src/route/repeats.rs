//! Repeats: what arrived before is not routed again.

use std::{collections::HashMap, time::Duration};

use domain::{
    FieldError,
    event::{Event, EventContent},
    id::EventId,
};
use storage::{
    Db,
    events::{self, KnownEvent},
};

use crate::{
    deliver::receipts::{Joined, UnderWay},
    source::arrival::{Arrival, Origin, Receipt, Refusal},
};

const PAUSE: Duration = Duration::from_millis(200);

/// An event that arrived, once or more often, and is not known yet.
pub(super) struct NewEvent {
    pub(super) event: Event,
    pub(super) origin: Origin,
    pub(super) identity: Vec<u8>,
    pub(super) content: EventContent,
    pub(super) receipts: Vec<Receipt>,
    redelivered: bool,
}

/// Leaves what must be routed. What is under way on this node gets the repeat's receipt as well;
/// what is recorded already is acknowledged; what is known under another id, and not finished, gets
/// that id. What has the id of another event is laid aside.
///
/// First the node is asked, then the database: an event leaves the one only when it is in the
/// other. Only the router puts events under way, so none can get there meanwhile.
pub(super) async fn sort_out(db: &Db, under_way: &UnderWay, batch: Vec<Arrival>) -> Vec<NewEvent> {
    let new = not_here(under_way, batch);
    let (mut ids, mut external) = (Vec::new(), Vec::new());
    for NewEvent {
        event,
        origin,
        redelivered,
        ..
    } in &new
    {
        match (origin, &event.external_id) {
            (Origin::Bus, Some(id)) => external.push((event.source.clone(), id.clone())),
            (Origin::Own, _) if *redelivered => ids.push(event.id),
            _ => {}
        }
    }
    if ids.is_empty() && external.is_empty() {
        new
    } else {
        not_recorded(&look_up(db, ids, external).await, new)
    }
}

fn not_here(under_way: &UnderWay, batch: Vec<Arrival>) -> Vec<NewEvent> {
    let mut places = HashMap::<Vec<u8>, usize>::with_capacity(batch.len());
    let mut all: Vec<NewEvent> = Vec::with_capacity(batch.len());
    for Arrival {
        event,
        origin,
        redelivered,
        receipt,
    } in batch
    {
        let (identity, content) = (event.identity(), event.content());
        if let Some(first) = places.get(&identity).and_then(|place| all.get_mut(*place)) {
            if first.content == content {
                first.receipts.push(receipt);
            } else {
                lay_aside(event, [receipt]);
            }
            continue;
        }
        match under_way.join(&identity, content, receipt) {
            Joined::Repeat => {}
            Joined::IsAnother(receipt) => lay_aside(event, [receipt]),
            Joined::NotHere(receipt) => {
                places.insert(identity.clone(), all.len());
                all.push(NewEvent {
                    event,
                    origin,
                    identity,
                    content,
                    receipts: vec![receipt],
                    redelivered,
                });
            }
        }
    }
    all
}

/// Its id is taken: it can never be recorded. The first receipt carries it; its repeats need no
/// second copy.
fn lay_aside(event: Event, receipts: impl IntoIterator<Item = Receipt>) {
    let FieldError { code, detail, .. } = event.id_reused();
    let reason = format!("{code}: {detail}");
    tracing::warn!(event_type = %event.kind, %reason, "an event cannot be told from another; it is laid aside");
    let event = Some(event);
    let mut refusal = Some(Refusal { reason, event });
    for receipt in receipts {
        match refusal.take() {
            Some(refusal) => receipt.refuse(refusal),
            None => receipt.ack(),
        }
    }
}

fn not_recorded(known: &[KnownEvent], new: Vec<NewEvent>) -> Vec<NewEvent> {
    let by_id: HashMap<EventId, &KnownEvent> =
        known.iter().map(|known| (known.id, known)).collect();
    let by_name: HashMap<_, &KnownEvent> = known
        .iter()
        .map(|known| ((known.source.as_str(), known.external_id.as_deref()), known))
        .collect();
    let keep = |mut new: NewEvent| {
        let event = &new.event;
        let known = match new.origin {
            Origin::Own => by_id.get(&event.id),
            Origin::Bus => event
                .external_id
                .as_deref()
                .and_then(|id| by_name.get(&(event.source.as_str(), Some(id)))),
        };
        match known {
            None if new.redelivered => {
                // It says that it has a row, and has none here: somebody else's Hookyard, or
                // somebody who plays us.
                new.origin = Origin::Bus;
                Some(new)
            }
            None => Some(new),
            Some(known)
                if new.origin == Origin::Bus && !event.repeats(&known.kind, &known.data) =>
            {
                lay_aside(new.event, new.receipts);
                None
            }
            Some(known) if known.routed => {
                new.receipts.into_iter().for_each(Receipt::ack);
                None
            }
            Some(known) => {
                new.event.id = known.id;
                new.origin = Origin::Own;
                Some(new)
            }
        }
    };
    new.into_iter().filter_map(keep).collect()
}

async fn look_up(db: &Db, ids: Vec<EventId>, external: Vec<(String, String)>) -> Vec<KnownEvent> {
    loop {
        let found = async {
            let mut conn = db.read().await?;
            events::known(&mut conn, ids.clone(), external.clone()).await
        };
        match found.await {
            Ok(known) => return known,
            Err(error) => {
                tracing::warn!(%error, "repeats cannot be looked up; routing waits");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;

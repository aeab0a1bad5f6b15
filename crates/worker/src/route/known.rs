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
    let by_id: HashMap<EventId, &Known> = known.iter().map(|known| (known.id, known)).collect();
    let by_name: HashMap<_, &Known> =
        known.iter().map(|known| ((known.source.as_str(), known.external_id.as_deref()), known)).collect();
    let sort_out = |mut arrival: Arrival| {
        let event = &arrival.event;
        let known = match arrival.origin {
            Origin::Own => by_id.get(&event.id),
            Origin::Bus => event.external_id.as_deref().and_then(|id| by_name.get(&(event.source.as_str(), Some(id)))),
        };
        match known {
            None if arrival.redelivered => {
                // It says that it has a row, and has none here: somebody else's Hookyard, or somebody who plays us.
                arrival.origin = Origin::Bus;
                Some(arrival)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Clock, event::Event};
    use storage::{Settings, events::EventRow};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use crate::arrival::{Receipt, Verdict};

    fn event(external_id: Option<&str>) -> Event {
        let event = Event::new("order.paid", "shop", &serde_json::json!({}), Clock::system().now());
        Event { external_id: external_id.map(str::to_owned), ..event }
    }

    fn arrivals(events: Vec<(Event, Origin, bool)>) -> (Vec<Arrival>, UnboundedReceiver<(u64, Verdict)>) {
        let (source, verdicts) = unbounded_channel();
        let arrival = |(tag, (event, origin, redelivered))| {
            let receipt = Receipt::new(tag, source.clone());
            Arrival { event, origin, redelivered, receipt }
        };
        ((0..).zip(events).map(arrival).collect(), verdicts)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn repeats_are_acknowledged_and_unfinished_events_keep_their_id() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&Settings { url, max_connections: 2, acquire_timeout: Duration::from_secs(5) }).unwrap();
        db.migrate_up().await.unwrap();
        let now = Clock::system().now();
        let (done, begun) = (event(Some("done")), event(Some("begun")));
        let (own, trusted, foreign) = (event(None), event(None), event(None));
        let rows = vec![
            EventRow::routed(done.clone(), Some(now)),
            EventRow::routed(begun.clone(), None),
            EventRow::routed(own.clone(), Some(now)),
            EventRow::routed(trusted.clone(), Some(now)),
        ];
        hot::insert_events(&mut db.write().await.unwrap(), rows).await.unwrap();

        let elsewhere = Event { source: "another shop".into(), ..event(Some("done")) };
        let (batch, mut verdicts) = arrivals(vec![
            (event(Some("done")), Origin::Bus, false),
            (event(Some("begun")), Origin::Bus, false),
            (event(Some("new")), Origin::Bus, true),
            (elsewhere, Origin::Bus, false),
            (event(None), Origin::Bus, true),
            (own, Origin::Own, true),
            (trusted.clone(), Origin::Own, false),
            (foreign.clone(), Origin::Own, true),
        ]);
        let new: Vec<_> = batch.iter().map(|arrival| arrival.event.id).collect();
        let left = sort_out(&db, batch).await;
        let left: Vec<_> = left.iter().map(|arrival| (arrival.event.id, arrival.origin)).collect();
        let expected = [
            (begun.id, Origin::Own),
            (new[2], Origin::Bus),
            (new[3], Origin::Bus),
            (new[4], Origin::Bus),
            (trusted.id, Origin::Own),
            (foreign.id, Origin::Bus),
        ];
        assert_eq!(left, expected);
        let acknowledged: Vec<_> = std::iter::from_fn(|| verdicts.try_recv().ok()).filter(|(_, v)| *v == Verdict::Ack).collect();
        assert_eq!(acknowledged, [(0, Verdict::Ack), (5, Verdict::Ack)]);
    }
}

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
mod tests {
    use super::*;
    use domain::{Clock, event::Event, settings::Section};
    use storage::{DatabaseSettings, DatabaseUrl, events::EventRow};
    use tokio::sync::mpsc::{self, channel};

    use crate::{
        deliver::receipts::SourceReceipts,
        source::arrival::{Settlement, TaggedSettlement},
    };

    fn event(external_id: Option<&str>) -> Event {
        let event = Event::new(
            "order.paid",
            "shop",
            &serde_json::json!({}),
            Clock::system().now(),
        );
        Event {
            external_id: external_id.map(str::to_owned),
            ..event
        }
    }

    fn arrivals(
        events: Vec<(Event, Origin, bool)>,
    ) -> (Vec<Arrival>, mpsc::Receiver<TaggedSettlement>) {
        let (source, settlements) = channel(events.len());
        let arrival = |(tag, (event, origin, redelivered))| {
            let receipt = Receipt::new(tag, source.clone());
            Arrival {
                event,
                origin,
                redelivered,
                receipt,
            }
        };
        ((0..).zip(events).map(arrival).collect(), settlements)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn repeats_are_acknowledged_and_unfinished_events_keep_their_id() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&url, &DatabaseSettings::defaults()).unwrap();
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
        events::insert(&mut db.write().await.unwrap(), rows)
            .await
            .unwrap();

        let elsewhere = Event {
            source: "another shop".into(),
            ..event(Some("done"))
        };
        let (batch, mut settlements) = arrivals(vec![
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
        let left = sort_out(&db, &UnderWay::default(), batch).await;
        let left: Vec<_> = left.iter().map(|new| (new.event.id, new.origin)).collect();
        let expected = [
            (begun.id, Origin::Own),
            (new[2], Origin::Bus),
            (new[3], Origin::Bus),
            (new[4], Origin::Bus),
            (trusted.id, Origin::Own),
            (foreign.id, Origin::Bus),
        ];
        assert_eq!(left, expected);
        let acknowledged: Vec<_> = std::iter::from_fn(|| settlements.try_recv().ok())
            .filter(|(_, settlement)| *settlement == Settlement::Ack)
            .collect();
        assert_eq!(acknowledged, [(0, Settlement::Ack), (5, Settlement::Ack)]);
    }

    /// What was laid aside, by the numbers of the arrivals.
    fn laid_aside(settlements: &mut mpsc::Receiver<TaggedSettlement>) -> Vec<(u64, Event)> {
        std::iter::from_fn(|| settlements.try_recv().ok())
            .filter_map(|(tag, settlement)| match settlement {
                Settlement::Refuse(refusal) => {
                    assert!(
                        refusal
                            .reason
                            .starts_with("event_id_reused: The source \"shop\" has sent the id \""),
                        "{}",
                        refusal.reason
                    );
                    Some((tag, refusal.event.unwrap()))
                }
                _ => None,
            })
            .collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_event_with_the_id_of_another_recorded_one_is_laid_aside() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&url, &DatabaseSettings::defaults()).unwrap();
        db.migrate_up().await.unwrap();
        let now = Clock::system().now();
        let names = ["done", "begun", "emptied"];
        let mut rows = names.map(|name| EventRow::routed(event(Some(name)), Some(now)));
        rows[1].routed_at = None;
        rows[2].data.clear();
        events::insert(&mut db.write().await.unwrap(), rows.to_vec())
            .await
            .unwrap();
        let other_data = |name| Event {
            data: br#"{"other":1}"#.to_vec(),
            ..event(Some(name))
        };
        let other_kind = |name| Event {
            kind: "order.shipped".into(),
            ..event(Some(name))
        };
        let (done, begun) = (other_data("done"), other_kind("begun"));
        let (batch, mut settlements) = arrivals(vec![
            (done.clone(), Origin::Bus, false),
            (begun.clone(), Origin::Bus, false),
            (other_data("emptied"), Origin::Bus, false),
        ]);
        let left = sort_out(&db, &UnderWay::default(), batch).await;
        assert!(left.is_empty());
        assert_eq!(laid_aside(&mut settlements), [(0, done), (1, begun)]);
    }

    #[test]
    fn an_event_with_the_id_of_another_one_at_hand_is_laid_aside() {
        let other = |name| Event {
            data: br#"{"other":1}"#.to_vec(),
            ..event(Some(name))
        };
        let (first, here) = (event(Some("1")), event(Some("2")));
        let (batch, mut settlements) = arrivals(vec![
            (first.clone(), Origin::Bus, false),
            (other("1"), Origin::Bus, false),
            (event(Some("1")), Origin::Bus, false),
            (other("2"), Origin::Bus, false),
        ]);
        let under_way = UnderWay::default();
        under_way.insert(&SourceReceipts::new(
            here.identity(),
            here.content(),
            Vec::new(),
        ));
        let left = not_here(&under_way, batch);
        let kept: Vec<_> = left
            .iter()
            .map(|new| (new.event.id, new.receipts.len()))
            .collect();
        assert_eq!(kept, [(first.id, 2)]);
        let tags: Vec<_> = laid_aside(&mut settlements)
            .into_iter()
            .map(|(tag, _)| tag)
            .collect();
        assert_eq!(tags, [1, 3]);
    }

    #[test]
    fn a_repeat_joins_the_first_in_its_batch_or_the_one_under_way() {
        let (first, here) = (event(Some("1")), event(None));
        let repeat = Event {
            source: first.source.clone(),
            ..event(Some("1"))
        };
        let arrived = [
            (&first, Origin::Bus),
            (&repeat, Origin::Bus),
            (&here, Origin::Own),
        ];
        let (batch, mut settlements) = arrivals(
            arrived
                .map(|(event, origin)| (event.clone(), origin, false))
                .to_vec(),
        );
        let under_way = UnderWay::default();
        let (source, _) = channel(1);
        let receipts = vec![Receipt::new(9, source)];
        let receipts = SourceReceipts::new(here.identity(), here.content(), receipts);
        under_way.insert(&receipts);
        let left = not_here(&under_way, batch);
        assert_eq!(
            left.iter()
                .map(|new| (new.event.id, new.receipts.len()))
                .collect::<Vec<_>>(),
            [(first.id, 2)]
        );
        assert!(settlements.try_recv().is_err(), "nothing is settled yet");
        under_way.acknowledge(&[receipts]);
        assert_eq!(settlements.try_recv(), Ok((2, Settlement::Ack)));
        drop(left);
        assert_eq!(
            std::iter::from_fn(|| settlements.try_recv().ok()).collect::<Vec<_>>(),
            [(0, Settlement::Release), (1, Settlement::Release)]
        );
    }
}

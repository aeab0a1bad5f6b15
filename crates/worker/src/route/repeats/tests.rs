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

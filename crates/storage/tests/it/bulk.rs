//! Bulk statements, the same on both databases.

use chrono::TimeDelta;
use domain::{
    Clock, Instant,
    delivery::DeliveryState,
    event::Event,
    id::{DeliveryId, EventId, FeedId},
    outbound::request::{Format, Method},
};
use storage::{
    Db,
    deliveries::{self, Delivery, DeliveryResult},
    events::{self, EventRow},
    results::{self, ResultGroup},
};

use crate::stores::on_each_store;

pub(crate) fn event(external_id: Option<&str>) -> Event {
    let mut event = Event::new(
        "order.paid",
        "shop",
        &serde_json::json!({"total": 7485}),
        Clock::system().now(),
    );
    event.external_id = external_id.map(str::to_owned);
    event.data = br#"{"z":1.10,"a":1e21}"#.to_vec();
    event
}

pub(crate) fn delivery(event_id: EventId, feed_id: FeedId, due_at: Option<Instant>) -> Delivery {
    Delivery {
        id: DeliveryId::generate(),
        event_id,
        event_type: "order.paid".into(),
        feed_id,
        replay_id: None,
        state: if due_at.is_some() {
            DeliveryState::Pending
        } else {
            DeliveryState::Succeeded
        },
        state_reason: None,
        due_at,
        lease: 0,
        attempt_count: 1,
        method: Method::Post,
        format: Format::Json,
        body: None,
        last_response_status: Some(200),
        last_error: None,
        attempts: b"[]".to_vec(),
        created_at: Clock::system().now(),
        finished_at: None,
        is_test: false,
    }
}

async fn insert(db: &Db, rows: Vec<EventRow>) -> Vec<EventId> {
    events::insert(&mut db.write().await.unwrap(), rows)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_is_inserted_once_and_bytes_stay() {
    on_each_store(async |db| {
        let first = event(Some("9041"));
        assert_eq!(
            insert(
                &db,
                vec![
                    EventRow::waiting(first.clone()),
                    EventRow::waiting(event(Some("9041")))
                ]
            )
            .await,
            [first.id]
        );
        let row = events::find(&mut db.read().await.unwrap(), first.id)
            .await
            .unwrap();
        assert_eq!(row.clone().into_event(), first);
        let known = events::known(
            &mut db.read().await.unwrap(),
            vec![first.id],
            vec![("shop".into(), "9041".into()), ("x".into(), "9041".into())],
        )
        .await
        .unwrap();
        assert!(
            known
                .iter()
                .all(|k| k.id == first.id && k.data == first.data && !k.routed)
                && !known.is_empty()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_hands_out_each_event_once_until_its_lease_ends() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let ids = insert(
            &db,
            (0..5).map(|_| EventRow::waiting(event(None))).collect(),
        )
        .await;
        let (later, end) = (now + TimeDelta::seconds(1), now + TimeDelta::seconds(30));
        let mut taken = events::claim_outbox(&db, later, end, 3).await.unwrap();
        taken.extend(events::claim_outbox(&db, later, end, 3).await.unwrap());
        let mut seen: Vec<_> = taken.iter().map(|e| e.id).collect();
        seen.sort();
        assert_eq!(seen, ids);
        assert!(
            events::claim_outbox(&db, later, end, 3)
                .await
                .unwrap()
                .is_empty()
        );
        events::move_outbox(&db, vec![ids[0]], Some(now))
            .await
            .unwrap();
        events::move_outbox(&db, ids[1..3].to_vec(), None)
            .await
            .unwrap();
        assert_eq!(
            events::claim_outbox(&db, later, end, 9)
                .await
                .unwrap()
                .iter()
                .map(|e| e.id)
                .collect::<Vec<_>>(),
            [ids[0]]
        );
        let expired = events::claim_outbox(
            &db,
            end + TimeDelta::seconds(1),
            end + TimeDelta::seconds(9),
            9,
        )
        .await
        .unwrap();
        assert_eq!(
            expired.len(),
            3,
            "what was moved out of the outbox does not come back"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_written_whole_and_a_repeat_changes_nothing() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let own = insert(&db, vec![EventRow::waiting(event(None))]).await[0];
        let bus = event(Some("7"));
        let feed = FeedId::generate();
        let group = ResultGroup {
            new_events: vec![EventRow::routed(bus.clone(), Some(now))],
            routed_events: vec![own],
            new_deliveries: vec![delivery(own, feed, None), delivery(bus.id, feed, None)],
            results: vec![],
            ..ResultGroup::default()
        };
        results::record(&db, &group, now).await.unwrap();
        let repeat = ResultGroup {
            new_deliveries: vec![delivery(own, feed, Some(now))],
            ..group.clone()
        };
        results::record(&db, &repeat, now).await.unwrap();
        let mut conn = db.read().await.unwrap();
        assert_eq!(
            events::find(&mut conn, own).await.unwrap().routed_at,
            Some(now)
        );
        assert_eq!(events::oldest_in_outbox(&mut conn).await.unwrap(), None);
        let counts = events::delivery_counts(&mut conn, &[own, bus.id])
            .await
            .unwrap();
        assert_eq!(
            counts.iter().map(|c| (c.1, c.2)).collect::<Vec<_>>(),
            [(DeliveryState::Succeeded, 1); 2]
        );
        assert_eq!(
            deliveries::find(&mut conn, group.new_deliveries[0].id)
                .await
                .unwrap(),
            group.new_deliveries[0]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn due_deliveries_are_leased_and_a_late_result_changes_nothing() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let id = insert(&db, vec![EventRow::waiting(event(None))]).await[0];
        let (feed, closed) = (FeedId::generate(), FeedId::generate());
        let rows = vec![
            delivery(id, feed, Some(now)),
            delivery(id, closed, Some(now)),
        ];
        results::record(
            &db,
            &ResultGroup {
                new_deliveries: rows.clone(),
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        let taken = deliveries::claim_due(&db, now, now + TimeDelta::seconds(20), vec![(feed, 10)])
            .await
            .unwrap();
        assert_eq!(
            taken
                .iter()
                .map(|t| (t.delivery.id, t.delivery.lease, t.event.id))
                .collect::<Vec<_>>(),
            [(rows[0].id, 1, id)]
        );
        assert_eq!(taken[0].delivery.state, DeliveryState::InFlight);
        let result = |lease| DeliveryResult {
            id: rows[0].id,
            lease,
            state: DeliveryState::Failed,
            state_reason: Some("retries_exhausted".into()),
            due_at: None,
            attempt_count: 2,
            last_response_status: None,
            last_error: Some("timeout".into()),
            attempts: b"[1]".to_vec(),
            finished_at: Some(now),
        };
        let state = async || {
            deliveries::find(&mut db.read().await.unwrap(), rows[0].id)
                .await
                .unwrap()
        };
        results::record(
            &db,
            &ResultGroup {
                results: vec![result(0)],
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        assert_eq!(state().await.attempt_count, 1, "the lease was lost");
        results::record(
            &db,
            &ResultGroup {
                results: vec![result(1)],
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        assert_eq!(
            (state().await.attempt_count, state().await.due_at),
            (2, None)
        );
        let canceled = deliveries::cancel_waiting(
            &mut db.write().await.unwrap(),
            closed,
            "feed_deleted",
            now,
            10,
        )
        .await
        .unwrap();
        assert_eq!(canceled, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_feed_gives_as_many_due_deliveries_as_are_wanted_of_it() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let (busy, quiet, later) = (FeedId::generate(), FeedId::generate(), FeedId::generate());
        let at = |ms| now + TimeDelta::milliseconds(ms);
        let mut rows = Vec::new();
        for (feed, due) in [
            (busy, -9),
            (busy, -8),
            (busy, -7),
            (quiet, -1),
            (later, 60_000),
        ] {
            let id = insert(&db, vec![EventRow::waiting(event(None))]).await[0];
            rows.push(delivery(id, feed, Some(at(due))));
        }
        results::record(
            &db,
            &ResultGroup {
                new_deliveries: rows.clone(),
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        let waiting = async || {
            deliveries::waiting_feeds(&db)
                .await
                .unwrap()
                .into_iter()
                .collect::<std::collections::HashMap<_, _>>()
        };
        assert_eq!(
            waiting().await,
            [(busy, at(-9)), (quiet, at(-1)), (later, at(60_000))].into()
        );
        let take = async |wanted| {
            let taken = deliveries::claim_due(&db, now, at(20_000), wanted)
                .await
                .unwrap();
            let mut ids: Vec<_> = taken.iter().map(|t| t.delivery.id).collect();
            ids.sort();
            ids
        };
        assert_eq!(
            take(vec![(busy, 2), (quiet, 5), (later, 5)]).await,
            [rows[0].id, rows[1].id, rows[3].id]
        );
        assert_eq!(
            waiting().await,
            [(busy, at(-7)), (quiet, at(20_000)), (later, at(60_000))].into()
        );
        assert_eq!(take(vec![(busy, 2), (quiet, 5)]).await, [rows[2].id]);
        assert!(take(vec![]).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_second_with_an_event_adds_no_deliveries() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let (first, second, other) = (event(Some("7")), event(Some("7")), event(None));
        let feed = FeedId::generate();
        let group = |events: &[&Event]| ResultGroup {
            new_events: events
                .iter()
                .map(|e| EventRow::routed((*e).clone(), Some(now)))
                .collect(),
            new_deliveries: events
                .iter()
                .map(|e| delivery(e.id, feed, Some(now)))
                .collect(),
            ..ResultGroup::default()
        };
        results::record(&db, &group(&[&first]), now).await.unwrap();
        results::record(&db, &group(&[&second, &other]), now)
            .await
            .unwrap();
        let mut conn = db.read().await.unwrap();
        let counts = events::delivery_counts(&mut conn, &[first.id, second.id, other.id])
            .await
            .unwrap();
        let with_one: std::collections::HashSet<_> =
            counts.iter().filter(|c| c.2 == 1).map(|c| c.0).collect();
        assert_eq!((counts.len(), with_one), (2, [first.id, other.id].into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn takers_side_by_side_never_get_the_same_row() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        insert(
            &db,
            (0..200).map(|_| EventRow::waiting(event(None))).collect(),
        )
        .await;
        let takers = (0..4).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let (mut mine, later) = (Vec::new(), now + TimeDelta::seconds(1));
                loop {
                    let rows = events::claim_outbox(&db, later, now + TimeDelta::seconds(60), 7)
                        .await
                        .unwrap();
                    if rows.is_empty() {
                        return mine;
                    }
                    mine.extend(rows.into_iter().map(|row| row.id));
                }
            })
        });
        let mut all: Vec<EventId> = Vec::new();
        for taker in takers.collect::<Vec<_>>() {
            all.extend(taker.await.unwrap());
        }
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (200, 200));
    })
    .await;
}

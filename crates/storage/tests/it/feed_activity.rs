//! Statistics of feeds, and tests that wait beside other deliveries.

use chrono::TimeDelta;
use domain::{
    Clock, Instant,
    clock::to_micros,
    delivery::DeliveryState,
    feed::{FeedSpec, FeedState},
    id::{DeliveryId, EventId, FeedId},
};
use storage::{
    Db, Document, JsonText, deliveries,
    deliveries::Delivery,
    events::EventRow,
    feed_activity::{self, Activity, AttemptOutcome},
    feeds,
    results::{self, ResultGroup},
    trials,
};

use crate::{
    bulk::{delivery, event},
    stores::on_each_store,
};

fn outcome(feed: FeedId, at: Instant, succeeded: bool, is_last: bool) -> AttemptOutcome {
    AttemptOutcome {
        delivery: DeliveryId::generate(),
        feed,
        at,
        succeeded,
        is_last,
        shard: 3,
    }
}

async fn record(db: &Db, outcomes: Vec<AttemptOutcome>, now: Instant) {
    results::record(
        db,
        &ResultGroup {
            outcomes,
            ..ResultGroup::default()
        },
        now,
    )
    .await
    .unwrap();
}

async fn activity(db: &Db, id: FeedId, now: Instant) -> Activity {
    feed_activity::of(&mut db.read().await.unwrap(), &[id], now)
        .await
        .unwrap()
        .remove(&id)
        .unwrap()
}

pub(crate) async fn new_feed(db: &Db) -> FeedId {
    let (id, now) = (FeedId::generate(), Clock::system().now());
    let row = feeds::Feed {
        id,
        state: FeedState::Enabled,
        state_reason: None,
        state_changed_at: now,
        spec: Document::Known(FeedSpec::default()),
        events: JsonText(Vec::new()),
        search: String::new(),
        secret_sealed: Vec::new(),
        previous_secrets: JsonText(Vec::new()),
        key_sealed: None,
        public_key: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    feeds::insert(&mut db.write().await.unwrap(), &row)
        .await
        .unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_counted_by_the_hour_and_the_worker() {
    on_each_store(async |db| {
        let (id, other, now) = (
            new_feed(&db).await,
            new_feed(&db).await,
            Clock::system().now(),
        );
        let day = TimeDelta::hours(24);
        record(
            &db,
            vec![
                outcome(id, now, true, true),
                outcome(other, now, true, true),
                outcome(id, now, true, true),
            ],
            now,
        )
        .await;
        record(
            &db,
            vec![
                outcome(id, now, false, true),
                outcome(id, now, false, false),
            ],
            now,
        )
        .await;
        let elsewhere = vec![AttemptOutcome {
            shard: 4,
            ..outcome(id, now, true, true)
        }];
        record(&db, elsewhere, now).await;
        record(&db, vec![outcome(id, now, true, true)], now - day).await;
        let counts = async |at| {
            let found = activity(&db, id, at).await;
            (found.succeeded, found.failed)
        };
        assert_eq!(
            counts(now).await,
            (3, 1),
            "what will be tried again has not failed yet; yesterday is over"
        );
        assert_eq!(counts(now + day).await, (0, 0));
        assert_eq!(activity(&db, other, now).await.succeeded, 1);
        let prune = async |at| {
            feed_activity::prune(&mut db.write().await.unwrap(), at)
                .await
                .unwrap()
        };
        assert_eq!(prune(now + day * 2 + TimeDelta::hours(1)).await, 4);
        assert_eq!(counts(now).await, (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_fails_from_its_first_failure_to_its_next_success() {
    on_each_store(async |db| {
        let (id, first) = (new_feed(&db).await, to_micros(Clock::system().now()));
        let at = |seconds| first + TimeDelta::seconds(seconds);
        let since = async || activity(&db, id, first).await.failing_since;
        assert_eq!(since().await, None);
        record(&db, vec![outcome(id, at(0), false, false)], first).await;
        record(&db, vec![outcome(id, at(1), false, true)], first).await;
        assert_eq!(since().await, Some(at(0)));
        record(
            &db,
            vec![
                outcome(id, at(2), false, false),
                outcome(id, at(3), true, true),
            ],
            first,
        )
        .await;
        assert_eq!(since().await, None);
        record(
            &db,
            vec![
                outcome(id, at(4), true, true),
                outcome(id, at(5), false, true),
                outcome(id, at(6), false, true),
            ],
            first,
        )
        .await;
        assert_eq!(since().await, Some(at(5)));
        // A success and then a failure, in one group: it fails since that failure.
        record(
            &db,
            vec![
                outcome(id, at(7), true, true),
                outcome(id, at(8), false, true),
            ],
            first,
        )
        .await;
        assert_eq!(since().await, Some(at(8)));
        feeds::delete(&mut db.write().await.unwrap(), id)
            .await
            .unwrap();
        assert_eq!(since().await, None);
        record(&db, vec![outcome(id, at(9), false, true)], first).await;
        assert_eq!(
            feed_activity::prune(&mut db.write().await.unwrap(), first)
                .await
                .unwrap(),
            1,
            "a late result leaves nothing"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_count_the_same_feeds_do_not_get_stuck() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(new_feed(&db).await);
        }
        let work = (0..4).map(|shard| {
            let (db, mut ids) = (db.clone(), ids.clone());
            ids.rotate_left(2 * usize::try_from(shard).unwrap());
            tokio::spawn(async move {
                for round in 0..20 {
                    // All workers in the same shard, in different orders: the worst case.
                    let outcomes = ids
                        .iter()
                        .map(|id| outcome(*id, now, round % 2 == 0, true))
                        .collect();
                    record(&db, outcomes, now).await;
                }
            })
        });
        for task in work.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        for id in ids {
            let found = activity(&db, id, now).await;
            assert_eq!((found.succeeded, found.failed), (40, 40));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_delivery_is_the_one_that_is_no_test() {
    on_each_store(async |db| {
        let (id, now) = (new_feed(&db).await, to_micros(Clock::system().now()));
        assert_eq!(activity(&db, id, now).await.last, None);
        let old = Delivery {
            created_at: now,
            ..delivery(EventId::generate(), id, Some(now))
        };
        let done = Delivery {
            finished_at: Some(now + TimeDelta::seconds(3)),
            ..delivery(EventId::generate(), id, None)
        };
        let test = Delivery {
            is_test: true,
            ..delivery(EventId::generate(), id, Some(now))
        };
        results::record(
            &db,
            &ResultGroup {
                new_deliveries: vec![old],
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        let last = activity(&db, id, now).await.last.unwrap();
        assert_eq!(
            (last.state, last.at, last.response_status),
            (DeliveryState::Pending, now, Some(200))
        );
        results::record(
            &db,
            &ResultGroup {
                new_deliveries: vec![done, test],
                ..ResultGroup::default()
            },
            now,
        )
        .await
        .unwrap();
        let last = activity(&db, id, now).await.last.unwrap();
        assert_eq!(
            (last.state, last.at),
            (DeliveryState::Succeeded, now + TimeDelta::seconds(3))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_taken_by_whoever_takes_tests_and_by_nobody_else() {
    on_each_store(async |db| {
        let (feed, now) = (new_feed(&db).await, to_micros(Clock::system().now()));
        let event = EventRow::routed(event(None), Some(now));
        let test = Delivery {
            is_test: true,
            ..delivery(event.id, feed, Some(now))
        };
        trials::insert(&mut db.write().await.unwrap(), event.clone(), &test)
            .await
            .unwrap();
        assert_eq!(deliveries::waiting_feeds(&db).await.unwrap(), []);
        let until = now + TimeDelta::seconds(60);
        assert!(
            deliveries::claim_due(&db, now, until, vec![(feed, 10)])
                .await
                .unwrap()
                .is_empty()
        );
        let canceled = deliveries::cancel_waiting(
            &mut db.write().await.unwrap(),
            feed,
            "feed_disabled",
            now,
            10,
        )
        .await
        .unwrap();
        assert_eq!(canceled, 0, "a feed that is disabled can be tested");
        let taken = trials::claim(&db, now, until, 10).await.unwrap().remove(0);
        assert_eq!(
            (
                taken.delivery.id,
                taken.delivery.lease,
                taken.delivery.state
            ),
            (test.id, 1, DeliveryState::InFlight)
        );
        assert_eq!(taken.event, event);
        assert!(
            trials::claim(&db, now, until, 10).await.unwrap().is_empty(),
            "it is taken"
        );
        let late = trials::claim(&db, until, until + TimeDelta::seconds(60), 10)
            .await
            .unwrap();
        assert_eq!(
            late[0].delivery.lease, 2,
            "it comes back when its lease ends"
        );
        let found: DeliveryId = deliveries::find(&mut db.read().await.unwrap(), test.id)
            .await
            .unwrap()
            .id;
        assert_eq!(found, test.id);
    })
    .await;
}

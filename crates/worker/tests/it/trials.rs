//! Tests of feeds that outlive a worker, or whoever asked for them.

use chrono::TimeDelta;
use domain::{
    delivery::DeliveryState,
    event::{Event, TEST},
    feed::FeedState,
    id::{DeliveryId, FeedId},
    outbound::request::{Format, Method},
};
use storage::{deliveries::Delivery, events::EventRow, trials};

use testing::{Receiver, Reply};

use crate::world::{World, data, on_each_store, until_equal};

async fn insert(world: &World, feed_id: FeedId, change: impl FnOnce(&mut Delivery)) -> DeliveryId {
    let now = world.clock.now();
    let event = Event {
        data: data(1),
        ..Event::new("webhook.test", TEST, &serde_json::Value::Null, now)
    };
    let mut test = Delivery {
        is_test: true,
        ..Delivery::first(&event, feed_id, (Method::Post, Format::Json), now)
    };
    change(&mut test);
    let mut conn = world.db.write().await.unwrap();
    trials::insert(&mut conn, EventRow::routed(event, Some(now)), &test)
        .await
        .unwrap();
    test.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_sent_once_or_not_at_all() {
    on_each_store(async |world| {
        let receiver = Receiver::replying([Reply::status(500)]);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |feed| {
                feed.state = FeedState::Disabled
            })
            .await;
        // A worker that died had it; whoever asked has gone; its feed is gone.
        let taken = insert(&world, feed, |test| {
            (test.lease, test.state) = (1, DeliveryState::InFlight)
        })
        .await;
        let old = insert(&world, feed, |test| {
            test.created_at -= TimeDelta::seconds(121)
        })
        .await;
        let orphan = insert(&world, FeedId::generate(), |_| {}).await;
        let fresh = insert(&world, feed, |_| {}).await;
        let worker = world.start();
        for (id, state, reason) in [
            (taken, DeliveryState::Canceled, "interrupted"),
            (old, DeliveryState::Canceled, "expired"),
            (orphan, DeliveryState::Canceled, "feed_deleted"),
            (fresh, DeliveryState::Failed, "exhausted"),
        ] {
            let end = async || {
                let row = storage::deliveries::find(&mut world.db.read().await.unwrap(), id)
                    .await
                    .unwrap();
                (row.state, row.state_reason, row.due_at)
            };
            until_equal(reason, end, (state, Some(reason.to_owned()), None)).await;
        }
        assert_eq!(
            receiver.count(),
            1,
            "the fresh one, and it is not tried again"
        );
        worker.stop().await;
    })
    .await;
}

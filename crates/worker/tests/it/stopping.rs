//! A worker that is stopped gives back what it has not finished.

use std::{collections::HashSet, time::Duration};

use domain::delivery::DeliveryState;
use storage::feeds::Feed;
use worker::WorkerSettings;

use testing::{Receiver, Reply};

use crate::world::{World, on_each_store, spec, until, until_equal};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_worker_delivers_what_the_last_one_left() {
    on_each_store(async |world| {
        const EVENTS: usize = 700;
        let receiver = Receiver::replying([Reply::status(200).held()]);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |feed: &mut Feed| {
                spec(feed).settings.max_in_flight = 3
            })
            .await;
        let worker = world.start_with(WorkerSettings {
            drain: Duration::from_millis(100),
            ..World::settings()
        });
        world.publish("order.paid", EVENTS).await;
        until("requests are under way", async || receiver.count() == 3).await;
        worker.stop().await;
        let now = world.clock.now();
        let rows = world.deliveries(feed).await;
        assert!(
            rows.iter()
                .all(|row| row.state == DeliveryState::Pending && row.due_at.unwrap() <= now),
            "{:?}",
            world.states(feed).await
        );
        receiver.release();
        let next = world.start();
        until_equal(
            "all arrive",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, EVENTS)],
        )
        .await;
        let got = receiver.received();
        let distinct: HashSet<_> = got
            .iter()
            .map(|got| got.header("webhook-id").to_owned())
            .collect();
        assert_eq!(
            (distinct.len(), got.len()),
            (EVENTS, EVENTS + 3),
            "only what was broken off is repeated"
        );
        next.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_may_finish() {
    on_each_store(async |world| {
        let receiver = Receiver::replying([Reply::status(200).held()]);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start();
        world.publish("order.paid", 5).await;
        until("requests are under way", async || receiver.count() == 5).await;
        let (stopped, ()) = tokio::join!(tokio::spawn(worker.stop()), async {
            // Stopping settles what is under way at once: the rows are there before the answers.
            until_equal(
                "in flight",
                async || world.states(feed).await,
                vec![(DeliveryState::InFlight, 5)],
            )
            .await;
            receiver.release();
        });
        stopped.unwrap();
        assert_eq!(world.states(feed).await, [(DeliveryState::Succeeded, 5)]);
        assert_eq!(receiver.count(), 5);
    })
    .await;
}

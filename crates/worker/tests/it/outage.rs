//! What a database that breaks off does not do: lose anything.

use std::collections::HashSet;

use domain::delivery::DeliveryState;

use testing::Receiver;

use crate::world::{on_each_store, until, until_equal};

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_lose_nothing() {
    on_each_store(async |world| {
        if world.db.is_embedded() {
            return;
        }
        const EVENTS: usize = 2000;
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start();
        world.publish("order.paid", EVENTS).await;
        for part in 1..=4 {
            until("some more arrived", async || {
                receiver.count() >= part * EVENTS / 5
            })
            .await;
            world.cut_connections().await;
        }
        let distinct = async || {
            receiver
                .received()
                .iter()
                .map(|got| got.header("webhook-id").to_owned())
                .collect::<HashSet<_>>()
                .len()
        };
        until_equal("all arrive", distinct, EVENTS).await;
        // Reading may meet a connection that was cut; the next one is whole.
        until("all are recorded", async || {
            let filter = storage::deliveries::DeliveryFilter {
                feed_id: Some(feed),
                ..Default::default()
            };
            let window = storage::Window {
                limit: 10_000,
                from: None,
            };
            let Ok(mut conn) = world.db.read().await else {
                return false;
            };
            let page = storage::deliveries::list(&mut conn, &filter, &window).await;
            page.is_ok_and(|page| {
                page.rows.len() == EVENTS
                    && page
                        .rows
                        .iter()
                        .all(|row| row.state == DeliveryState::Succeeded)
            })
        })
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_longer_than_the_lease_nothing_of_its_own_is_taken() {
    on_each_store(async |world| {
        if world.db.is_embedded() {
            return;
        }
        let receiver = Receiver::start();
        receiver.hold();
        let brief =
            |feed: &mut storage::feeds::Feed| crate::world::spec(feed).settings.timeout_ms = 3000;
        let feed = world.feed(&receiver.url("/"), &["order.paid"], brief).await;
        let worker = world.start();
        world.publish("order.paid", 8).await;
        until_equal(
            "all are under way",
            async || world.states(feed).await,
            vec![(DeliveryState::InFlight, 8)],
        )
        .await;
        let rows = world.deliveries(feed).await;
        let end = rows.iter().filter_map(|row| row.due_at).max().unwrap();
        world.let_connections(false).await;
        receiver.release();
        until("their leases have ended", async || {
            world.clock.now() > end + chrono::TimeDelta::seconds(1)
        })
        .await;
        world.let_connections(true).await;
        until("all are recorded", async || {
            // Reading may meet a connection that was cut.
            let Ok(mut conn) = world.db.read().await else {
                return false;
            };
            let (filter, window) = (
                Default::default(),
                storage::Window {
                    limit: 100,
                    from: None,
                },
            );
            let page = storage::deliveries::list(&mut conn, &filter, &window).await;
            page.is_ok_and(|page| {
                page.rows
                    .iter()
                    .all(|row| row.state == DeliveryState::Succeeded)
            })
        })
        .await;
        assert_eq!(receiver.count(), 8, "nothing is sent twice");
        worker.stop().await;
    })
    .await;
}

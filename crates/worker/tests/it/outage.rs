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

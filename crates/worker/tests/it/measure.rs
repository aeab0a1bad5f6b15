//! temporary measurement, not kept
use crate::{
    receiver::{Answer, Receiver},
    world::*,
};
use domain::delivery::DeliveryState;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
#[ignore]
async fn measure() {
    for feeds in [1usize, 3] {
        on_each_store(async |world| {
            let n = 20_000usize;
            let receiver = Receiver::start(|_, _| Answer::Now(200)).await;
            let mut ids = vec![];
            for i in 0..feeds { ids.push(world.feed(&receiver.url(&format!("/{i}")), &["order.paid"], |f| f.max_in_flight = 64).await); }
            let worker = world.start();
            world.publish("order.paid", 10).await;
            until("warm", async || receiver.count() == 10 * feeds).await;
            let t = Instant::now();
            for _ in 0..n / 1000 { world.publish("order.paid", 1000).await; }
            let published = t.elapsed();
            while receiver.count() < (n + 10) * feeds { tokio::time::sleep(Duration::from_millis(5)).await; }
            let sent = t.elapsed();
            while world.db.is_embedded() && false {}
            let last = ids[feeds - 1];
            let mut rows = 0; while rows < 10_000 { rows = world.deliveries(last).await.len(); if rows >= 10_000 { break; } tokio::time::sleep(Duration::from_millis(5)).await; }
            // latency
            let mut lat = vec![];
            for i in 0..200 { let before = receiver.count(); let t = Instant::now(); world.publish("order.paid", 1).await; while receiver.count() < before + feeds { tokio::task::yield_now().await; } lat.push(t.elapsed()); let _ = i; tokio::time::sleep(Duration::from_millis(20)).await; }
            lat.sort();
            let retried = world.deliveries(last).await.iter().filter(|r| r.lease > 1 || r.state != DeliveryState::Succeeded).count();
            eprintln!("embedded={} feeds={feeds} n={n}: published {published:?}, received {sent:?} = {:.0} deliveries/s; p50 {:?} p99 {:?}; via rows among the newest 10000: {retried}; got {}",
                world.db.is_embedded(), (n * feeds) as f64 / sent.as_secs_f64(), lat[100], lat[197], receiver.count());
            worker.stop().await;
        }).await;
    }
}

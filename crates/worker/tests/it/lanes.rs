//! A feed delays itself alone, and nothing that it delays is lost.

use std::{collections::HashSet, time::Duration};

use domain::delivery::DeliveryState;
use storage::feeds::Feed;

use testing::{Received, Receiver, Reply};

use crate::world::{World, attempts, on_each_store, spec, until, until_equal};

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_does_not_hold_back_the_event() {
    on_each_store(async |world| {
        let slow = Receiver::replying([Reply::status(200).held()]);
        let quick = Receiver::start();
        let held = world.feed(&slow.url("/"), &["order.paid"], |_| {}).await;
        let done = world.feed(&quick.url("/"), &["order.paid"], |_| {}).await;
        let worker = world.start();
        let event = world.publish("order.paid", 1).await[0];
        until("the request is under way", async || slow.count() == 1).await;
        until("the event is settled", async || {
            world.event(event).await.routed_at.is_some()
        })
        .await;
        assert_eq!(world.states(done).await, [(DeliveryState::Succeeded, 1)]);
        let row = world.deliveries(held).await.remove(0);
        assert_eq!(
            (row.state, row.lease, row.attempt_count),
            (DeliveryState::InFlight, 1, 0)
        );
        let lease = row.due_at.unwrap() - row.created_at;
        assert!(
            (15..=25).contains(&lease.num_seconds()),
            "the lease outlasts the attempt: {lease}"
        );
        slow.release();
        until_equal(
            "the result is recorded",
            async || world.states(held).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        let row = world.deliveries(held).await.remove(0);
        assert_eq!(
            (
                row.attempt_count,
                attempts(&row).len(),
                row.due_at,
                slow.count()
            ),
            (1, 1, None, 1)
        );
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_its_lane_full_waits_as_a_row_and_arrives() {
    on_each_store(async |world| {
        const EVENTS: usize = 1500;
        let receiver = Receiver::replying([Reply::status(200).held()]);
        let other = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |feed: &mut Feed| {
                spec(feed).settings.max_in_flight = 2
            })
            .await;
        world.feed(&other.url("/"), &["order.paid"], |_| {}).await;
        let worker = world.start();
        let events = world.publish("order.paid", EVENTS).await;
        until_equal(
            "the other feed has all of them",
            async || {
                other
                    .received()
                    .iter()
                    .map(id)
                    .collect::<HashSet<_>>()
                    .len()
            },
            EVENTS,
        )
        .await;
        assert_eq!(receiver.count(), 2, "no more than max_in_flight");
        until("all events are settled", async || {
            let mut settled = true;
            for event in [events[0], events[EVENTS / 2], events[EVENTS - 1]] {
                settled &= world.event(event).await.routed_at.is_some();
            }
            settled && world.deliveries(feed).await.len() == EVENTS
        })
        .await;
        let waiting = world
            .states(feed)
            .await
            .into_iter()
            .find(|(state, _)| *state == DeliveryState::Pending)
            .unwrap()
            .1;
        assert!(waiting > 1000, "{waiting}");
        receiver.release();
        until_equal(
            "all arrive",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, EVENTS)],
        )
        .await;
        let got = receiver.received();
        assert_eq!(
            (got.len(), got.iter().map(id).collect::<HashSet<_>>().len()),
            (EVENTS, EVENTS),
            "and once each"
        );
        worker.stop().await;
    })
    .await;
}

fn id(got: &Received) -> String {
    got.header("webhook-id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_kept() {
    on_each_store(async |world| {
        let receiver = Receiver::start();
        let slowly = |feed: &mut Feed| spec(feed).settings.rate_limit_per_second = Some(20);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], slowly)
            .await;
        let worker = world.start();
        world.publish("order.paid", 60).await;
        until_equal(
            "all arrive",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 60)],
        )
        .await;
        let times: Vec<_> = receiver.received().iter().map(|got| got.at).collect();
        let most = times
            .iter()
            .map(|from| {
                times
                    .iter()
                    .filter(|at| **at >= *from && **at - *from < Duration::from_secs(1))
                    .count()
            })
            .max();
        assert!(most.unwrap() <= 24, "{most:?} in one second");
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_taken_for_a_lane_that_cannot_start_it() {
    on_each_store(async |world| {
        let silent = Receiver::start();
        silent.hold();
        let mut feeds = Vec::new();
        for n in 0..6 {
            let kind = format!("order.k{n}");
            let brief = |feed: &mut Feed| {
                spec(feed).settings.timeout_ms = 1000;
                spec(feed).settings.retry_schedule = Some(vec![]);
            };
            feeds.push(world.feed(&silent.url("/"), &[&kind], brief).await);
        }
        for n in 0..6 {
            world.publish(&format!("order.k{n}"), 3).await;
        }
        let mut settings = World::settings();
        settings.delivery.max_in_flight = 2;
        let worker = world.start_with(settings);
        let mut leases = Vec::new();
        for feed in &feeds {
            until_equal(
                "all are tried, two at a time",
                async || world.states(*feed).await,
                vec![(DeliveryState::Failed, 3)],
            )
            .await;
            leases.extend(world.deliveries(*feed).await.iter().map(|row| row.lease));
        }
        assert!(
            leases.iter().all(|lease| *lease <= 2),
            "nothing is taken and given back: {leases:?}"
        );
        worker.stop().await;
    })
    .await;
}

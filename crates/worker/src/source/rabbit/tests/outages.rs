use std::{collections::BTreeSet, sync::Arc};

use lapin::options::QueueDeleteOptions;

use super::{
    proxy::{Proxy, State},
    scratch::{Consuming, Relaying, Scratch, eventually, order, scratch},
};

async fn becomes(scratch: &Arc<Scratch>, part: &str, well: bool) {
    let found = || {
        scratch
            .health
            .parts()
            .into_iter()
            .any(|(name, state)| name == part && state.is_ok() == well)
    };
    eventually(async || found().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_cut_is_built_again() {
    scratch(async |scratch| {
        let (proxy, bus) = Proxy::before(&scratch.bus, State::Open).await;
        let mut consuming = Consuming::start(&bus);
        scratch.publish_order("1").await;
        let held = consuming.next().await;
        proxy.cut();
        // Nobody settled it with the broker, so it comes again in the new session.
        let again = consuming.next().await;
        assert_eq!(
            (again.event.external_id.as_deref(), again.redelivered),
            (Some("1"), true)
        );
        held.receipt.ack();
        again.receipt.ack();
        scratch.publish_order("2").await;
        let next = consuming.next().await;
        assert_eq!(next.event.external_id.as_deref(), Some("2"));
        next.receipt.ack();
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.deliver).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_falls_silent_counts_as_lost() {
    scratch(async |scratch| {
        let (proxy, mut bus) = Proxy::before(&scratch.bus, State::Open).await;
        bus.uri.query.heartbeat = Some(1);
        let mut consuming = Consuming::start(&bus);
        becomes(&scratch, "consumer", true).await;
        proxy.set(State::Clogged);
        becomes(&scratch, "consumer", false).await;
        proxy.cut();
        proxy.set(State::Open);
        becomes(&scratch, "consumer", true).await;
        scratch.publish_order("1").await;
        consuming.next().await.receipt.ack();
        consuming.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_broker_is_away() {
    scratch(async |scratch| {
        let (proxy, bus) = Proxy::before(&scratch.bus, State::Closed).await;
        let (relaying, mut consuming) = (Relaying::start(&bus).await, Consuming::start(&bus));
        becomes(&scratch, "broker", false).await;
        becomes(&scratch, "outbox", false).await;
        let events: Vec<_> = (0..1000).map(order).collect();
        relaying.add(events[..500].to_vec()).await;
        assert!(!relaying.is_empty().await);
        proxy.set(State::Open);
        let mut missing: BTreeSet<_> = events.iter().map(|event| event.id).collect();
        let mut seen = 0;
        while !missing.is_empty() {
            let arrival = consuming.next().await;
            missing.remove(&arrival.event.id);
            arrival.receipt.ack();
            seen += 1;
            if seen == 100 {
                relaying.add(events[500..].to_vec()).await;
                proxy.cut();
            }
        }
        relaying.emptied().await;
        becomes(&scratch, "broker", true).await;
        becomes(&scratch, "outbox", true).await;
        relaying.stop().await;
        consuming.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_but_not_confirmed_is_published_again() {
    scratch(async |scratch| {
        let (proxy, bus) = Proxy::before(&scratch.bus, State::Open).await;
        let (relaying, mut consuming) =
            (Relaying::start(&bus).await, Consuming::start(&scratch.bus));
        becomes(&scratch, "outbox", true).await;
        proxy.set(State::Clogged);
        let events = vec![order(1), order(2)];
        relaying.add(events.clone()).await;
        let mut missing: BTreeSet<_> = events.iter().map(|event| event.id).collect();
        for event in &events {
            eventually(async || relaying.is_taken(event.id).await.then_some(())).await;
        }
        proxy.cut();
        proxy.set(State::Open);
        while !missing.is_empty() {
            let arrival = consuming.next().await;
            missing.remove(&arrival.event.id);
            arrival.receipt.ack();
        }
        relaying.emptied().await;
        relaying.stop().await;
        consuming.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_was_deleted_comes_back() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        becomes(&scratch, "consumer", true).await;
        let deliver = scratch.bus.names.deliver.clone();
        scratch
            .channel
            .queue_delete(deliver, QueueDeleteOptions::default())
            .await
            .unwrap();
        becomes(&scratch, "consumer", false).await;
        becomes(&scratch, "consumer", true).await;
        scratch.publish_order("1").await;
        consuming.next().await.receipt.ack();
        consuming.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_stop_while_the_broker_is_away() {
    scratch(async |scratch| {
        let (_proxy, bus) = Proxy::before(&scratch.bus, State::Closed).await;
        let (relaying, consuming) = (Relaying::start(&bus).await, Consuming::start(&bus));
        becomes(&scratch, "consumer", false).await;
        relaying.stop().await;
        consuming.stop().await;
    })
    .await;
}

//! What a change of a feed means for what is already under way.

use domain::{
    delivery::DeliveryState,
    feed::FeedState,
    id::FeedId,
    vault::{MasterKey, Vault},
};
use storage::{
    feeds::{self, Feed},
    results,
};

use testing::{Receiver, Reply};

use crate::world::{World, on_each_store, spec, until, until_equal};

async fn change(world: &World, id: FeedId, change: impl FnOnce(&mut Feed)) {
    let mut tx = world.db.begin().await.unwrap();
    let mut feed = feeds::find(&mut tx, id).await.unwrap();
    change(&mut feed);
    feeds::update(&mut tx, &mut feed).await.unwrap();
    tx.commit().await.unwrap();
}

async fn in_flight(world: &World, feed: FeedId, count: usize) {
    until_equal(
        "it is settled under way",
        async || world.states(feed).await,
        vec![(DeliveryState::InFlight, count)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_url_that_is_gone_says_nothing_about_the_new_one() {
    on_each_store(async |world| {
        let (old, new) = (
            Receiver::replying([Reply::status(410).held()]),
            Receiver::start(),
        );
        let feed = world.feed(&old.url("/"), &["order.paid"], |_| {}).await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        in_flight(&world, feed, 1).await;
        change(&world, feed, |feed| {
            let mut spec = feed.spec.get().unwrap().clone();
            spec.settings.url = Some(new.url("/"));
            feed.set_spec(spec);
        })
        .await;
        world.publish("order.paid", 1).await;
        until("the new URL is in use", async || new.count() == 1).await;
        old.release();
        until_equal(
            "what the old URL refused goes to the new one",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 2)],
        )
        .await;
        assert_eq!(world.find_feed(feed).await.state, FeedState::Enabled);
        assert_eq!((old.count(), new.count()), (1, 2));
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_recorded_as_sent_and_only_what_waits_is_canceled() {
    on_each_store(async |world| {
        let receiver = Receiver::replying([Reply::status(200).held()]);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |feed| {
                spec(feed).settings.timeout_ms = 60_000
            })
            .await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        in_flight(&world, feed, 1).await;
        // Much more than is canceled in one step, and not due for long.
        let like = world.deliveries(feed).await.remove(0);
        let later = world.clock.now() + chrono::TimeDelta::hours(5);
        let row = |_| storage::deliveries::Delivery {
            id: domain::id::DeliveryId::generate(),
            event_id: domain::id::EventId::generate(),
            state: DeliveryState::Pending,
            due_at: Some(later),
            lease: 0,
            ..like.clone()
        };
        let group = results::ResultGroup {
            new_deliveries: (0..1200).map(row).collect(),
            ..Default::default()
        };
        results::record(&world.db, &group, world.clock.now())
            .await
            .unwrap();
        change(&world, feed, |feed| feed.state = FeedState::Disabled).await;
        until_equal(
            "what waits is canceled, what is under way is not",
            async || world.states(feed).await,
            vec![
                (DeliveryState::InFlight, 1),
                (DeliveryState::Canceled, 1200),
            ],
        )
        .await;
        receiver.release();
        until_equal(
            "it was sent",
            async || world.states(feed).await,
            vec![
                (DeliveryState::Succeeded, 1),
                (DeliveryState::Canceled, 1200),
            ],
        )
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_routed_with_feeds_that_may_have_changed() {
    on_each_store(async |world| {
        if world.db.is_embedded() {
            // It makes every change itself, and needs no revision to know of it.
            return;
        }
        let receiver = Receiver::start();
        let off = |feed: &mut Feed| feed.state = FeedState::Disabled;
        let feed = world.feed(&receiver.url("/"), &["order.paid"], off).await;
        let worker = world.start();
        until("the feeds are known", async || {
            world.health.parts().contains(&("feeds", Ok(())))
        })
        .await;
        world
            .execute(
                "",
                "ALTER TABLE revisions RENAME TO hidden; \
                 UPDATE feeds SET state = 'enabled', version = version + 1; UPDATE hidden SET value = value + 1",
            )
            .await;
        let event = world.publish("order.paid", 1).await[0];
        let before = world.event(event).await.received_at;
        until("it is taken", async || {
            world.event(event).await.outbox_due_at != Some(before)
        })
        .await;
        until("the worker says what is wrong", async || {
            world.health.parts().iter().any(|(part, state)| *part == "feeds" && state.is_err())
        })
        .await;
        world.execute("", "ALTER TABLE hidden RENAME TO revisions").await;
        until_equal(
            "it is routed with the feeds as they are",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_a_lost_lease_is_neither_counted_nor_told() {
    on_each_store(async |world| {
        let receiver = Receiver::replying([Reply::status(404).held()]);
        let ears = Receiver::start();
        let once = |feed: &mut Feed| spec(feed).settings.retry_schedule = Some(vec![]);
        let feed = world.feed(&receiver.url("/"), &["order.paid"], once).await;
        world
            .feed(
                &ears.url("/"),
                &["delivery.exhausted", "order.paid"],
                |_| {},
            )
            .await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        in_flight(&world, feed, 1).await;
        world
            .execute(
                "UPDATE deliveries SET lease = lease + 1",
                "UPDATE deliveries SET lease = lease + 1",
            )
            .await;
        let lost = world.deliveries(feed).await.remove(0).id;
        receiver.release();
        receiver.wait_for(1).await;
        // Recorded and told after it, because both happen in their order.
        world.publish("order.paid", 1).await;
        until_equal(
            "the next has failed",
            async || world.states(feed).await,
            vec![(DeliveryState::InFlight, 1), (DeliveryState::Failed, 1)],
        )
        .await;
        let told = || {
            let all = ears.received();
            let exhausted = all
                .iter()
                .filter(|got| got.header("hookyard-event") == "delivery.exhausted");
            exhausted
                .map(|got| got.json()["data"]["delivery"]["id"].clone())
                .collect::<Vec<_>>()
        };
        until("others hear of the next", async || !told().is_empty()).await;
        assert!(!told().contains(&serde_json::json!(lost)), "{lost}");
        let mut conn = world.db.read().await.unwrap();
        let activity = storage::feed_activity::of(&mut conn, &[feed], world.clock.now()).await;
        assert_eq!(activity.unwrap()[&feed].failed, 1);
        drop(conn);
        worker.stop().await;
    })
    .await;
}

/// A worker with the wrong key failed every delivery for good.
#[tokio::test(flavor = "multi_thread")]
async fn deliveries_wait_while_the_secrets_of_their_feed_cannot_be_opened() {
    on_each_store(async |world| {
        let (receiver, neighbour) = (Receiver::start(), Receiver::start());
        let mut sealed = Vec::new();
        let locked = world
            .feed(&receiver.url("/"), &["order.paid"], |feed| {
                let other = Vault::new(&MasterKey::generate());
                let context = format!("feed secret {}", feed.id);
                let damaged = other.seal(&context, b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
                sealed = std::mem::replace(&mut feed.secret_sealed, damaged);
            })
            .await;
        world
            .feed(&neighbour.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start();
        world.publish("order.paid", 3).await;
        neighbour.wait_for(3).await;
        until_equal(
            "they are recorded as waiting",
            async || world.states(locked).await,
            vec![(DeliveryState::Pending, 3)],
        )
        .await;
        let waits = world.deliveries(locked).await;
        assert!(
            waits
                .iter()
                .all(|row| row.attempt_count == 0 && row.due_at.is_some())
        );
        change(&world, locked, |feed| feed.secret_sealed = sealed.clone()).await;
        receiver.wait_for(3).await;
        until_equal(
            "they are delivered when it can be opened",
            async || world.states(locked).await,
            vec![(DeliveryState::Succeeded, 3)],
        )
        .await;
        worker.stop().await;
    })
    .await;
}

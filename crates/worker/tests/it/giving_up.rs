//! Retries, and deliveries that end without success.

use domain::{
    delivery::DeliveryState,
    feed::FeedState,
    id::{DeliveryId, FeedId},
};
use storage::{deliveries::Delivery, feeds, results};

use testing::{Receiver, Reply};

use crate::world::{World, attempts, on_each_store, spec, until, until_equal};

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_tried_again_with_the_same_bytes() {
    on_each_store(async |world| {
        let receiver = Receiver::replying([Reply::status(500), Reply::status(204)]);
        let soon =
            |feed: &mut feeds::Feed| spec(feed).settings.retry_schedule = Some(vec![1, 3600]);
        let feed = world.feed(&receiver.url("/"), &["order.paid"], soon).await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        until_equal(
            "it waits",
            async || world.states(feed).await,
            vec![(DeliveryState::Pending, 1)],
        )
        .await;
        let waiting = world.deliveries(feed).await.remove(0);
        let attempt = attempts(&waiting).remove(0);
        let delay = (waiting.due_at.unwrap() - attempt.started_at).num_milliseconds();
        assert!((800..=2000).contains(&delay), "{delay} ms");
        assert_eq!(
            (
                waiting.attempt_count,
                waiting.last_response_status,
                attempt.response.unwrap().status
            ),
            (1, Some(500), 500)
        );

        until_equal(
            "it succeeds",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        let row = world.deliveries(feed).await.remove(0);
        let statuses: Vec<_> = attempts(&row)
            .into_iter()
            .map(|a| (a.number, a.response.unwrap().status))
            .collect();
        assert_eq!(
            (row.attempt_count, row.last_response_status, statuses),
            (2, Some(204), vec![(1, 500), (2, 204)])
        );
        let got = receiver.received();
        assert_eq!(
            (got[0].body.as_ref(), got[0].header("webhook-id")),
            (got[1].body.as_ref(), got[1].header("webhook-id"))
        );
        assert_eq!(got[1].header("hookyard-attempt"), "2");
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_try_is_told_to_others_but_not_to_the_feed_itself() {
    on_each_store(async |world| {
        let dead = Receiver::replying([Reply::status(404)]);
        let ears = Receiver::start();
        let once = |feed: &mut feeds::Feed| spec(feed).settings.retry_schedule = Some(vec![]);
        let feed = world.feed(&dead.url("/"), &["*"], once).await;
        world
            .feed(&ears.url("/"), &["delivery.exhausted"], |_| {})
            .await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        until_equal("the others hear of it", async || ears.count(), 1).await;
        until_equal(
            "it failed",
            async || world.states(feed).await,
            vec![(DeliveryState::Failed, 1)],
        )
        .await;
        let row = world.deliveries(feed).await.remove(0);
        assert_eq!(
            (row.state_reason.as_deref(), row.finished_at.is_some()),
            (Some("exhausted"), true)
        );
        let notice: serde_json::Value = serde_json::from_slice(&ears.received()[0].body).unwrap();
        assert_eq!(notice["data"]["delivery"]["id"], row.id.to_string());
        assert_eq!(notice["data"]["feed"]["id"], feed.to_string());
        assert_eq!(dead.count(), 1);
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_disables_its_feed() {
    on_each_store(async |world| {
        // The first asks for time, so that something waits when the second says that the receiver
        // is gone.
        let gone = Receiver::replying([Reply::status(500), Reply::status(410)]);
        let ears = Receiver::start();
        let feed = world.feed(&gone.url("/"), &["order.paid"], |_| {}).await;
        world.feed(&ears.url("/"), &["feed.disabled"], |_| {}).await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        until_equal(
            "the first waits",
            async || world.states(feed).await,
            vec![(DeliveryState::Pending, 1)],
        )
        .await;
        world.publish("order.paid", 1).await;
        until("the feed is disabled", async || {
            world.find_feed(feed).await.state == FeedState::AutoDisabled
        })
        .await;
        let both = vec![(DeliveryState::Failed, 1), (DeliveryState::Canceled, 1)];
        until_equal(
            "one failed, what waited is canceled",
            async || world.states(feed).await,
            both,
        )
        .await;
        let reasons: Vec<_> = world
            .deliveries(feed)
            .await
            .into_iter()
            .map(|row| row.state_reason.unwrap())
            .collect();
        assert_eq!(reasons, ["feed_disabled", "receiver_gone"]);
        assert_eq!(
            world.find_feed(feed).await.state_reason.as_deref(),
            Some("receiver_gone")
        );
        until_equal("the others hear of it", async || ears.count(), 1).await;
        worker.stop().await;
    })
    .await;
}

/// Writes the row of a delivery that is due now.
async fn due(world: &World, like: &Delivery, feed_id: FeedId) {
    let now = world.clock.now();
    let (id, state, due_at) = (DeliveryId::generate(), DeliveryState::Pending, Some(now));
    let row = Delivery {
        id,
        feed_id,
        state,
        due_at,
        finished_at: None,
        ..like.clone()
    };
    results::record(
        &world.db,
        &results::ResultGroup {
            new_deliveries: vec![row],
            ..Default::default()
        },
        now,
    )
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_feed_that_is_off_is_canceled_with_the_reason() {
    on_each_store(async |world| {
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        until_equal(
            "a first",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        let like = world.deliveries(feed).await.remove(0);
        let off = world
            .feed(&receiver.url("/off"), &["order.paid"], |feed| {
                feed.state = FeedState::Disabled
            })
            .await;
        let on = world
            .feed(&receiver.url("/on"), &["order.paid"], |_| {})
            .await;
        let deleted = FeedId::generate();
        for feed in [off, deleted, on] {
            due(&world, &like, feed).await;
        }
        until_equal(
            "on",
            async || world.states(on).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        for (feed, reason) in [(off, "feed_disabled"), (deleted, "feed_deleted")] {
            until_equal(
                "canceled",
                async || world.states(feed).await,
                vec![(DeliveryState::Canceled, 1)],
            )
            .await;
            assert_eq!(
                world.deliveries(feed).await[0].state_reason.as_deref(),
                Some(reason)
            );
        }
        assert_eq!(
            receiver
                .received()
                .iter()
                .map(|got| got.target())
                .collect::<Vec<_>>(),
            ["/", "/on"]
        );
        worker.stop().await;
    })
    .await;
}

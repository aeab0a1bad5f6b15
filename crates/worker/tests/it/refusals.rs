//! What the database refuses for good is set aside by itself, with its reason.

use domain::delivery::DeliveryState;

use testing::Receiver;

use crate::world::{on_each_store, until_equal};

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_the_database_refuses_is_set_aside_alone() {
    on_each_store(async |world| {
        world
            .execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON deliveries \
                 WHEN NEW.event_type = 'order.bad' AND length(NEW.attempts) > 2 \
                 BEGIN SELECT RAISE(ABORT, 'too odd'); END",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too odd'; END $$; \
                 CREATE TRIGGER refuse BEFORE INSERT ON deliveries FOR EACH ROW \
                 WHEN (NEW.event_type = 'order.bad' AND length(NEW.attempts) > 2) EXECUTE FUNCTION refuse()",
            )
            .await;
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let odd = world
            .feed(&receiver.url("/odd"), &["order.bad"], |_| {})
            .await;
        world.publish("order.paid", 30).await;
        let bad = world.publish("order.bad", 1).await[0];
        world.publish("order.paid", 30).await;
        let worker = world.start();
        until_equal(
            "the neighbours are recorded",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 60)],
        )
        .await;
        until_equal(
            "the bad one says why",
            async || world.states(odd).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        let row = world.deliveries(odd).await.remove(0);
        assert_eq!(
            (row.state_reason.as_deref(), row.last_error.as_deref()),
            (Some("unrecordable"), Some("storage"))
        );
        assert!(world.event(bad).await.routed_at.is_some());
        assert!(world.health.parts().contains(&("recorder", Ok(()))));
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_result_that_the_database_refuses_is_set_aside_alone() {
    on_each_store(async |world| {
        world
            .execute(
                "CREATE TRIGGER refuse BEFORE UPDATE ON deliveries \
                 WHEN NEW.event_type = 'order.bad' AND length(NEW.attempts) > 2 \
                 BEGIN SELECT RAISE(ABORT, 'too odd'); END",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too odd'; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON deliveries FOR EACH ROW \
                 WHEN (NEW.event_type = 'order.bad' AND length(NEW.attempts) > 2) EXECUTE FUNCTION refuse()",
            )
            .await;
        let receiver = Receiver::start();
        receiver.hold();
        let feed = world
            .feed(&receiver.url("/"), &["order.*"], |_| {})
            .await;
        world.publish("order.paid", 5).await;
        world.publish("order.bad", 1).await;
        world.publish("order.paid", 5).await;
        let worker = world.start();
        until_equal(
            "all are rows",
            async || world.states(feed).await,
            vec![(DeliveryState::InFlight, 11)],
        )
        .await;
        receiver.release();
        until_equal(
            "all are recorded",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 11)],
        )
        .await;
        assert_eq!(receiver.count(), 11);
        worker.stop().await;
    })
    .await;
}

/// An event of the outbox that cannot even be marked as routed leaves the circle.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_database_refuses_holds_nobody_up() {
    on_each_store(async |world| {
        world
            .execute(
                "CREATE TRIGGER refuse BEFORE UPDATE OF routed_at ON events WHEN NEW.kind = 'order.bad' \
                 BEGIN SELECT RAISE(ABORT, 'too odd'); END",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too odd'; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE OF routed_at ON events FOR EACH ROW \
                 WHEN (NEW.kind = 'order.bad') EXECUTE FUNCTION refuse()",
            )
            .await;
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let bad = world.publish("order.bad", 1).await[0];
        world.publish("order.paid", 30).await;
        let worker = world.start();
        until_equal(
            "the neighbours are recorded",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 30)],
        )
        .await;
        until_equal(
            "it is out of the outbox",
            async || world.event(bad).await.outbox_due_at,
            None,
        )
        .await;
        worker.stop().await;
    })
    .await;
}

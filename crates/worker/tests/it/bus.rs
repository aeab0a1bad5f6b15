//! The server profile: the outbox is relayed to RabbitMQ, and what is published there by anybody is
//! delivered. Takes part when AMQP_URL is set.

use domain::{delivery::DeliveryState, outbound::request::webhook_id, settings::Section};
use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use storage::events;
use worker::{BrokerSettings, WorkerSettings};

use testing::{Receiver, Reply};

use crate::world::{World, on_each_store, until, until_equal};

fn broker() -> Option<BrokerSettings> {
    let Ok(url) = std::env::var("AMQP_URL") else {
        eprintln!("AMQP_URL is not set: the bus is left out");
        return None;
    };
    let namespace = format!("worker-test-{}", uuid::Uuid::now_v7().simple());
    Some(BrokerSettings {
        url: Some(url.parse().expect("AMQP_URL is a broker's")),
        namespace,
        ..BrokerSettings::defaults()
    })
}

/// Leaves a broker that others use as it was.
async fn remove(broker: &BrokerSettings) {
    let url = std::env::var("AMQP_URL").expect("there is a broker");
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    for queue in ["deliver", "dead"] {
        let name = format!("{}.{queue}", broker.namespace);
        channel
            .queue_delete(name.into(), QueueDeleteOptions::default())
            .await
            .unwrap();
    }
    for exchange in ["events", "dead"] {
        let name = format!("{}.{exchange}", broker.namespace);
        channel
            .exchange_delete(name.into(), ExchangeDeleteOptions::default())
            .await
            .unwrap();
    }
}

fn with(broker: &BrokerSettings) -> WorkerSettings {
    WorkerSettings {
        broker: broker.clone(),
        ..World::settings()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_events_travel_over_the_bus() {
    on_each_store(async |world| {
        let Some(broker) = broker() else { return };
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start_with(with(&broker));
        let ids = world.publish("order.paid", 300).await;
        until_equal(
            "all arrive",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 300)],
        )
        .await;
        assert_eq!(
            events::oldest_in_outbox(&mut world.db.read().await.unwrap())
                .await
                .unwrap(),
            None
        );
        assert!(world.event(ids[299]).await.routed_at.is_some());
        let expected = webhook_id(ids[7].uuid().as_bytes(), feed.uuid().as_bytes());
        assert_eq!(
            receiver
                .received()
                .iter()
                .filter(|got| got.header("webhook-id") == expected)
                .count(),
            1
        );
        worker.stop().await;
        remove(&broker).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_published_twice_is_one() {
    on_each_store(async |world| {
        let Some(broker) = broker() else { return };
        let receiver = Receiver::replying([Reply::status(200).held(), Reply::status(200)]);
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start_with(with(&broker));
        until("the queue is there", async || {
            world.health.parts().contains(&("consumer", Ok(())))
        })
        .await;
        let publish = async |id: &str| {
            let event = format!(
                r#"{{"id":"{id}","type":"order.paid","source":"shop","data":{{"a":1.10}}}}"#
            );
            worker::publish_event(&broker, event.as_bytes(), world.clock.now())
                .await
                .unwrap();
        };
        // While it is under way, and when it is recorded.
        publish("9041").await;
        publish("9041").await;
        until("it is under way", async || receiver.count() == 1).await;
        receiver.release();
        until_equal(
            "it is recorded",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 1)],
        )
        .await;
        publish("9041").await;
        publish("9042").await;
        until_equal(
            "the other arrives",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 2)],
        )
        .await;
        assert_eq!(receiver.count(), 2);
        let row = world.event(world.deliveries(feed).await[0].event_id).await;
        assert_eq!(
            (row.external_id.as_deref(), row.data.as_slice()),
            (Some("9041"), &br#"{"a":1.10}"#[..])
        );
        worker.stop().await;
        remove(&broker).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_database_refuses_is_laid_aside_with_its_reason() {
    on_each_store(async |world| {
        let Some(broker) = broker() else { return };
        world
            .execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.external_id = 'bad' \
                 BEGIN SELECT RAISE(ABORT, 'too odd'); END",
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too odd'; END $$; \
                 CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW \
                 WHEN (NEW.external_id = 'bad') EXECUTE FUNCTION refuse()",
            )
            .await;
        let receiver = Receiver::start();
        let feed = world
            .feed(&receiver.url("/"), &["order.paid"], |_| {})
            .await;
        let worker = world.start_with(with(&broker));
        until("the queue is there", async || {
            world.health.parts().contains(&("consumer", Ok(())))
        })
        .await;
        for id in ["1", "2", "bad", "3", "4"] {
            let event = format!(
                r#"{{"id":"{id}","type":"order.paid","source":"shop","data":{{"a":1.10}}}}"#
            );
            worker::publish_event(&broker, event.as_bytes(), world.clock.now())
                .await
                .unwrap();
        }
        until_equal(
            "the neighbours are recorded",
            async || world.states(feed).await,
            vec![(DeliveryState::Succeeded, 4)],
        )
        .await;
        let dead = dead_letter(&broker).await;
        let reason = match dead.properties.headers().as_ref().unwrap().inner().get("hookyard-reason") {
            Some(lapin::types::AMQPValue::LongString(reason)) => reason.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(reason.starts_with("unrecordable: ") && reason.contains("too odd"), "{reason}");
        let body = String::from_utf8(dead.data).unwrap();
        assert!(body.contains(r#""id":"bad""#) && body.contains(r#""data":{"a":1.10}"#), "{body}");
        worker.stop().await;
        remove(&broker).await;
    })
    .await;
}

/// The next dead letter, taken out of its queue.
async fn dead_letter(broker: &BrokerSettings) -> lapin::message::Delivery {
    let url = std::env::var("AMQP_URL").expect("there is a broker");
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = format!("{}.dead", broker.namespace);
    let got = async || {
        channel
            .basic_get(
                queue.clone().into(),
                lapin::options::BasicGetOptions { no_ack: true },
            )
            .await
            .unwrap()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        if let Some(message) = got().await {
            return message.delivery;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "there is no dead letter"
        );
        tokio::task::yield_now().await;
    }
}

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};

use super::proxy::{Proxy, State};
use super::scratch::{Consuming, eventually, scratch, text};
use crate::source::{
    arrival::Origin,
    rabbit::{PublishError, message, message::OutboundMessage, publisher, session::BrokerError},
};

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_all_forms_arrive_and_leave_when_they_are_acknowledged() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        let structured = BasicProperties::default().with_content_type("application/cloudevents+json".into());
        let mut headers = FieldTable::default();
        for (name, value) in [("specversion", "1.0"), ("id", "binary"), ("source", "/s"), ("type", "order.paid")] {
            headers.insert(format!("cloudEvents:{name}").into(), AMQPValue::LongString(value.into()));
        }
        scratch.publish_order("plain").await;
        let body = r#"{"specversion":"1.0","id":"structured","source":"/s","type":"order.paid","data":{}}"#;
        scratch.publish(structured, body).await;
        scratch.publish(BasicProperties::default().with_headers(headers), r#"{"total":1}"#).await;
        for id in ["plain", "structured", "binary"] {
            let arrival = consuming.next().await;
            assert_eq!(arrival.event.external_id.as_deref(), Some(id));
            assert_eq!((arrival.event.kind.as_str(), arrival.origin, arrival.redelivered), ("order.paid", Origin::Bus, false));
            arrival.receipt.ack();
        }
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.deliver).await, 0);
        assert_eq!(scratch.depth(&scratch.bus.names.dead).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_comes_again() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        scratch.publish_order("1").await;
        let first = consuming.next().await;
        assert!(!first.redelivered);
        drop(first);
        let second = consuming.next().await;
        assert!(second.redelivered);
        assert_eq!(second.event.external_id.as_deref(), Some("1"));
        second.receipt.ack();
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.deliver).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_settled_at_the_end_stays_in_the_queue() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        for id in 0..10 {
            scratch.publish_order(&id.to_string()).await;
        }
        consuming.next().await.receipt.ack();
        consuming.stop().await;
        eventually(async || (scratch.depth(&scratch.bus.names.deliver).await == 9).then_some(()))
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_consumer_waits_for_its_receipts() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        scratch.publish_order("1").await;
        let held = consuming.next().await;
        consuming.tell_to_stop();
        let deliver = &scratch.bus.names.deliver;
        eventually(async || {
            scratch.publish_order("2").await;
            (scratch.depth(deliver).await > 0).then_some(())
        })
        .await;
        assert!(!consuming.has_ended());
        held.receipt.ack();
        consuming.stop().await;
        for _ in 0..scratch.depth(deliver).await {
            let left = String::from_utf8(scratch.get(deliver).await.data).unwrap();
            assert!(left.contains(r#""id":"2""#), "{left}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_laid_aside_with_its_reason() {
    scratch(async |scratch| {
        let mut consuming = Consuming::start(&scratch.bus);
        scratch
            .publish(
                BasicProperties::default().with_message_id("m-1".into()),
                "hello",
            )
            .await;
        scratch.publish_order("after").await;
        let arrival = consuming.next().await;
        assert_eq!(arrival.event.external_id.as_deref(), Some("after"));
        arrival.receipt.ack();
        let dead = scratch.get(&scratch.bus.names.dead).await;
        assert_eq!(
            (dead.data.as_slice(), dead.routing_key.as_str()),
            (&b"hello"[..], "any.thing")
        );
        assert_eq!(
            dead.properties.message_id().as_ref().unwrap().as_str(),
            "m-1"
        );
        assert_eq!(*dead.properties.delivery_mode(), Some(2));
        let reason = text(dead.properties.headers().as_ref().unwrap(), message::REASON).unwrap();
        assert!(reason.starts_with("invalid_json: "), "{reason}");
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.deliver).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_no_queue_wants_is_refused() {
    scratch(async |scratch| {
        let names = &scratch.bus.names;
        scratch
            .channel
            .queue_unbind(
                names.deliver.clone(),
                names.events.clone(),
                "#".into(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        let outbound = OutboundMessage {
            routing_key: "a.b".into(),
            properties: BasicProperties::default(),
            body: vec![],
        };
        let results = publisher::publish(&scratch.channel, &names.events, vec![outbound]).await;
        assert!(
            matches!(results.as_slice(), [Err(BrokerError::Refused(_))]),
            "{results:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_published_from_the_shell() {
    scratch(async |scratch| {
        let now = domain::Clock::system().now();
        let body = br#"{"type":"order.paid","data":{"total":1.10}}"#;
        assert_eq!(
            crate::publish_event(&scratch.broker, body, now)
                .await
                .unwrap(),
            "order.paid"
        );
        let message = scratch.get(&scratch.bus.names.deliver).await;
        assert_eq!(
            (message.data.as_slice(), message.routing_key.as_str()),
            (&body[..], "order.paid")
        );
        let refused = crate::publish_event(&scratch.broker, b"{}", now).await;
        assert!(matches!(refused, Err(PublishError::Unreadable(_))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_costs_no_round_trip_each() {
    scratch(async |scratch| {
        const BAD: u32 = 200;
        for _ in 0..BAD {
            scratch.publish(BasicProperties::default(), "hello").await;
        }
        scratch.publish_order("after").await;
        let (proxy, bus) = Proxy::before(&scratch.bus, State::Slow).await;
        let mut consuming = Consuming::start(&bus);
        let arrival = consuming.next().await;
        assert_eq!(arrival.event.external_id.as_deref(), Some("after"));
        arrival.receipt.ack();
        assert!(
            proxy.answers() < BAD as usize,
            "{} round trips for {BAD} messages",
            proxy.answers()
        );
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.dead).await, BAD);
    })
    .await;
}

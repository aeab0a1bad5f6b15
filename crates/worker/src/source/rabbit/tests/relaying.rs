use super::scratch::{Consuming, Relaying, order, scratch, text};
use crate::source::arrival::Origin;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_the_outbox_is_published_and_leaves_it() {
    scratch(async |scratch| {
        let relaying = Relaying::start(&scratch.bus).await;
        let mut event = order(7485);
        event.external_id = Some("9041".into());
        event.data = br#"{"z":1.10,"a":1e21}"#.to_vec();
        relaying.add(vec![event.clone()]).await;
        let message = scratch.get(&scratch.bus.names.deliver).await;
        let (id, properties) = (event.id.to_string(), &message.properties);
        assert_eq!(
            (message.exchange.as_str(), message.routing_key.as_str()),
            (scratch.bus.names.events.as_str(), "order.paid")
        );
        assert_eq!(properties.message_id().as_ref().unwrap().as_str(), id);
        assert_eq!(
            properties.content_type().as_ref().unwrap().as_str(),
            "application/json"
        );
        assert_eq!(*properties.delivery_mode(), Some(2));
        assert_eq!(
            text(properties.headers().as_ref().unwrap(), "hookyard-event"),
            Some(id.clone())
        );
        let body = String::from_utf8(message.data).unwrap();
        assert!(
            body.starts_with(&format!(
                r#"{{"id":"{id}","type":"order.paid","occurred_at":""#
            )),
            "{body}"
        );
        assert!(
            body.ends_with(r#","source":"shop","data":{"z":1.10,"a":1e21}}"#),
            "{body}"
        );
        relaying.emptied().await;
        relaying.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_relayed_arrives_as_it_was_committed() {
    scratch(async |scratch| {
        let (relaying, mut consuming) = (
            Relaying::start(&scratch.bus).await,
            Consuming::start(&scratch.bus),
        );
        let events: Vec<_> = (0..600).map(order).collect();
        relaying.add(events.clone()).await;
        let mut arrived = Vec::new();
        while arrived.len() < events.len() {
            let arrival = consuming.next().await;
            assert_eq!(arrival.origin, Origin::Own);
            arrival.receipt.ack();
            arrived.push(arrival.event);
        }
        arrived.sort_by_key(|event| event.id);
        assert_eq!(arrived, events);
        relaying.emptied().await;
        relaying.stop().await;
        consuming.stop().await;
        assert_eq!(scratch.depth(&scratch.bus.names.deliver).await, 0);
    })
    .await;
}

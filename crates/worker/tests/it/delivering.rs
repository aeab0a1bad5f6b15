//! What receivers get, and what is on record afterwards.

use domain::{
    delivery::DeliveryState,
    outbound::{
        request::{Format, Method, webhook_id},
        signature::{SigningSecret, sign},
    },
};
use storage::{Document, events};

use testing::{Received, Receiver, Reply};

use crate::world::{SECRET, attempts, data, on_each_store, selected, spec, until_equal};

fn ok() -> Receiver {
    Receiver::replying([Reply::status(200).header("X-Seen", "yes").body("ok")])
}

fn signature(got: &Received, signed: &[u8]) -> String {
    let secret = SigningSecret::generate(SECRET);
    sign(
        &[&secret],
        got.header("webhook-id"),
        got.header("webhook-timestamp").parse().unwrap(),
        signed,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_goes_to_each_feed_in_its_own_shape() {
    on_each_store(async |world| {
        let receiver = ok();
        let worker = world.start();
        let json = world
            .feed(&receiver.url("/json"), &["order.*"], |_| {})
            .await;
        let form = world
            .feed(&receiver.url("/form"), &["order.paid"], |feed| {
                let settings = &mut spec(feed).settings;
                (settings.method, settings.format) = (Method::Put, Format::Form);
                spec(feed).body = selected(&[
                    ("mail", "{{ data.customer.email }}"),
                    ("total", "{{ data.order.total }}"),
                    ("none", "{{ data.x }}"),
                ]);
            })
            .await;
        let get = world
            .feed(&receiver.url("/get?own=1"), &["*"], |feed| {
                spec(feed).settings.method = Method::Get;
                let sealed = world
                    .vault
                    .seal(&format!("feed header {}", feed.id), b"s3cret");
                let value =
                    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, sealed);
                spec(feed).headers = vec![domain::feed::FeedHeader {
                    name: "X-Api-Key".into(),
                    value,
                    secret: true,
                    basic_auth: None,
                }];
                spec(feed).body = selected(&[("n", "{{ data.order.number }}")]);
            })
            .await;
        let deaf = world
            .feed(&receiver.url("/deaf"), &["user.created"], |_| {})
            .await;
        until_equal(
            "the feeds are known",
            async || world.health.parts().contains(&("feeds", Ok(()))),
            true,
        )
        .await;
        let event = world.publish("order.paid", 1).await[0];
        until_equal("three requests", async || receiver.count(), 3).await;
        until_equal(
            "the event is routed",
            async || world.event(event).await.routed_at.is_some(),
            true,
        )
        .await;

        let got = receiver.received();
        let to = |target: &str| {
            got.iter()
                .find(|got| got.target().starts_with(target))
                .unwrap()
        };
        let (a, b, c) = (to("/json"), to("/form"), to("/get"));
        let row = world.event(event).await;
        let at = row
            .occurred_at
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let envelope =
            format!(r#"{{"id":"{event}","type":"order.paid","timestamp":"{at}","data":"#);
        assert_eq!(a.body, [envelope.as_bytes(), &data(0), b"}"].concat());
        assert_eq!(
            (a.method.as_str(), a.header("content-type")),
            ("POST", "application/json")
        );
        assert_eq!(
            (b.method.as_str(), b.header("content-type")),
            ("PUT", "application/x-www-form-urlencoded")
        );
        assert_eq!(b.body, &b"mail=ines%40example.org&total=19.90&none="[..]);
        assert_eq!(
            (c.method.as_str(), c.target().as_str()),
            ("GET", "/get?own=1&n=0")
        );
        assert!(!c.headers.contains_key("content-type"));
        assert_eq!(
            (c.body.as_ref(), c.header("x-api-key")),
            (&b""[..], "s3cret")
        );
        for (got, feed, signed) in [
            (a, json, a.body.as_ref()),
            (b, form, &b.body),
            (c, get, b"own=1&n=0"),
        ] {
            assert_eq!(
                got.header("webhook-signature"),
                signature(got, signed),
                "{}",
                got.target()
            );
            assert_eq!(
                got.header("webhook-id"),
                webhook_id(event.uuid().as_bytes(), feed.uuid().as_bytes())
            );
            assert_eq!(
                (got.header("hookyard-event"), got.header("hookyard-attempt")),
                ("order.paid", "1")
            );
            assert!(got.header("user-agent").starts_with("Hookyard/"));
            assert_eq!(world.states(feed).await, [(DeliveryState::Succeeded, 1)]);
        }
        let row = world.deliveries(get).await.remove(0);
        assert_eq!(
            (row.last_response_status, row.attempt_count, row.due_at),
            (Some(200), 1, None)
        );
        assert_eq!(row.body.as_deref(), Some(&b"n=0"[..]));
        let attempt = attempts(&row).remove(0);
        let header = |name| {
            attempt
                .headers
                .iter()
                .find(|field| field.name == name)
                .map(|field| field.value.as_str())
        };
        assert_eq!(
            (header("X-Api-Key"), header("webhook-id")),
            (Some("***"), Some(c.header("webhook-id")))
        );
        assert_eq!(attempt.response.unwrap().body, "ok");
        assert!(world.deliveries(deaf).await.is_empty());
        assert_eq!(
            events::oldest_in_outbox(&mut world.db.read().await.unwrap())
                .await
                .unwrap(),
            None
        );
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_listens_to_is_routed_too() {
    on_each_store(async |world| {
        let receiver = ok();
        let other = |feed: &mut storage::feeds::Feed| {
            spec(feed).settings.condition = Some("data.order.total > 100".into())
        };
        let feed = world.feed(&receiver.url("/"), &["order.paid"], other).await;
        let worker = world.start();
        let ids = world.publish("order.paid", 300).await;
        for id in ids {
            until_equal(
                "routed",
                async || world.event(id).await.routed_at.is_some(),
                true,
            )
            .await;
        }
        assert_eq!(
            (receiver.count(), world.deliveries(feed).await.len()),
            (0, 0)
        );
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_rendered_fails_for_good_and_says_why() {
    on_each_store(async |world| {
        let receiver = ok();
        let bad = |feed: &mut storage::feeds::Feed| {
            spec(feed).body = selected(&[("x", "{{ data.customer.email - 1 }}")])
        };
        let bad = world.feed(&receiver.url("/"), &["order.paid"], bad).await;
        let of_tomorrow = |feed: &mut storage::feeds::Feed| {
            feed.spec = Document::Unreadable {
                text: r#"{"settings": {"method": "LATER"}}"#.into(),
                reason: String::new(),
            }
        };
        let of_tomorrow = world
            .feed(&receiver.url("/"), &["order.paid"], of_tomorrow)
            .await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        for feed in [bad, of_tomorrow] {
            until_equal(
                "failed",
                async || world.states(feed).await,
                vec![(DeliveryState::Failed, 1)],
            )
            .await;
            let row = world.deliveries(feed).await.remove(0);
            assert_eq!(
                (row.state_reason.as_deref(), row.last_error.as_deref()),
                (Some("render"), Some("render"))
            );
            assert!(!attempts(&row)[0].error.as_ref().unwrap().message.is_empty());
        }
        assert_eq!(receiver.count(), 0);
        worker.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_feed_is_followed_at_once() {
    on_each_store(async |world| {
        let (old, new) = (ok(), ok());
        let id = world.feed(&old.url("/"), &["order.paid"], |_| {}).await;
        let worker = world.start();
        world.publish("order.paid", 1).await;
        until_equal("the old receiver has it", async || old.count(), 1).await;
        let mut feed = world.find_feed(id).await;
        spec(&mut feed).settings.url = Some(new.url("/"));
        storage::feeds::update(&mut world.db.write().await.unwrap(), &mut feed)
            .await
            .unwrap();
        // What is published before the change is seen still goes to the old one.
        until_equal(
            "the new receiver gets events",
            async || {
                world.publish("order.paid", 1).await;
                new.count() > 0
            },
            true,
        )
        .await;
        worker.stop().await;
    })
    .await;
}

//! Events and deliveries.

use reqwest::Method;
use serde_json::Value;

use super::{Answer, Client};
use testing::wait::{PATIENCE, until};

impl Client {
    pub async fn create_event(&self, body: &Value) -> Answer {
        self.post("/v1/events", body).await
    }
    /// The same with the very bytes of a body.
    pub async fn create_event_of(&self, body: &'static str) -> Answer {
        self.send(
            Method::POST,
            "/v1/events",
            Some(("application/json", body.into())),
        )
        .await
    }
    pub async fn create_events(&self, events: &[Value]) -> Answer {
        self.post("/v1/events/batch", &serde_json::json!({ "events": events }))
            .await
    }
    pub async fn list_events(&self, query: &str) -> Answer {
        self.get(&format!("/v1/events{query}")).await
    }
    pub async fn read_event(&self, id: &str) -> Answer {
        self.get(&format!("/v1/events/{id}")).await
    }

    /// An event that came over the bus: it is sent first and recorded then.
    ///
    /// # Panics
    /// When it is not recorded.
    pub async fn recorded_event(&self, id: &str) -> Value {
        until(&format!("{id} is recorded"), PATIENCE, async || {
            let answer = self.read_event(id).await;
            (answer.status != 404).then(|| answer.ok(200).json())
        })
        .await
    }

    pub async fn list_deliveries(&self, query: &str) -> Answer {
        self.get(&format!("/v1/deliveries{query}")).await
    }
    pub async fn read_delivery(&self, id: &str) -> Answer {
        self.get(&format!("/v1/deliveries/{id}")).await
    }

    /// Waits until an event's delivery to a feed is in this state, and gives it with its attempts.
    ///
    /// # Panics
    /// When it does not get there.
    pub async fn delivery(&self, event: &str, feed: &str, state: &str) -> Value {
        let what = format!("the delivery of {event} to {feed} is {state}");
        let id = until(&what, PATIENCE, async || {
            let query = format!("?event_id={event}&feed_id={feed}&state={state}");
            let found = self.list_deliveries(&query).await.ok(200).list();
            found
                .first()
                .and_then(|delivery| delivery["id"].as_str())
                .map(str::to_owned)
        })
        .await;
        self.read_delivery(&id).await.ok(200).json()
    }
}

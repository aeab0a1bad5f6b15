//! Feeds and event types.

use serde_json::Value;

use super::{Answer, Client};

impl Client {
    pub async fn create_feed(&self, body: &Value) -> Answer {
        self.post("/v1/feeds", body).await
    }
    pub async fn list_feeds(&self, query: &str) -> Answer {
        self.get(&format!("/v1/feeds{query}")).await
    }
    pub async fn read_feed(&self, id: &str) -> Answer {
        self.get(&format!("/v1/feeds/{id}")).await
    }
    pub async fn update_feed(&self, id: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/feeds/{id}"), body).await
    }
    pub async fn delete_feed(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/feeds/{id}")).await
    }
    pub async fn enable_feed(&self, id: &str) -> Answer {
        self.act(&format!("/v1/feeds/{id}/enable")).await
    }
    pub async fn disable_feed(&self, id: &str) -> Answer {
        self.act(&format!("/v1/feeds/{id}/disable")).await
    }
    pub async fn read_feed_secret(&self, id: &str) -> Answer {
        self.get(&format!("/v1/feeds/{id}/secret")).await
    }
    pub async fn rotate_feed_secret(&self, id: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/feeds/{id}/rotate-secret"), body)
            .await
    }
    pub async fn preview_feed(&self, body: &Value) -> Answer {
        self.post("/v1/feeds/preview", body).await
    }
    pub async fn test_feed(&self, id: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/feeds/{id}/test"), body).await
    }
    pub async fn list_feed_deliveries(&self, id: &str, query: &str) -> Answer {
        self.get(&format!("/v1/feeds/{id}/deliveries{query}")).await
    }

    pub async fn create_event_type(&self, body: &Value) -> Answer {
        self.post("/v1/event-types", body).await
    }
    pub async fn list_event_types(&self, query: &str) -> Answer {
        self.get(&format!("/v1/event-types{query}")).await
    }
    pub async fn read_event_type(&self, name: &str) -> Answer {
        self.get(&format!("/v1/event-types/{name}")).await
    }
    pub async fn update_event_type(&self, name: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/event-types/{name}"), body).await
    }
    pub async fn delete_event_type(&self, name: &str) -> Answer {
        self.delete(&format!("/v1/event-types/{name}")).await
    }
    pub async fn list_event_type_fields(&self, name: &str) -> Answer {
        self.get(&format!("/v1/event-types/{name}/fields")).await
    }
}

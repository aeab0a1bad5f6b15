//! Incoming webhooks, their calls, and the intake.

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

use super::{Answer, Client};

impl Client {
    pub async fn create_incoming_webhook(&self, body: &Value) -> Answer {
        self.post("/v1/incoming-webhooks", body).await
    }
    pub async fn list_incoming_webhooks(&self, query: &str) -> Answer {
        self.get(&format!("/v1/incoming-webhooks{query}")).await
    }
    pub async fn read_incoming_webhook(&self, id: &str) -> Answer {
        self.get(&format!("/v1/incoming-webhooks/{id}")).await
    }
    pub async fn update_incoming_webhook(&self, id: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/incoming-webhooks/{id}"), body)
            .await
    }
    pub async fn delete_incoming_webhook(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/incoming-webhooks/{id}")).await
    }
    pub async fn rotate_incoming_webhook(&self, id: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/incoming-webhooks/{id}/rotate"), body)
            .await
    }
    pub async fn preview_call(&self, id: &str, payload: &Value) -> Answer {
        self.post(&format!("/v1/incoming-webhooks/{id}/preview"), payload)
            .await
    }
    pub async fn list_calls(&self, webhook: &str) -> Answer {
        self.get(&format!("/v1/incoming-webhooks/{webhook}/calls"))
            .await
    }
    pub async fn read_call(&self, id: &str) -> Answer {
        self.get(&format!("/v1/calls/{id}")).await
    }

    /// Posts to a secret URL as an external app does, without a key. Only its path is used: a
    /// restart changes the port.
    ///
    /// # Panics
    /// When the URL is none.
    pub async fn call(&self, url: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let path = url::Url::parse(url).expect("a URL").path().to_owned();
        self.without_key()
            .send(Method::POST, &path, Some((content_type, body.into())))
            .await
    }

    /// Posts an urlencoded form to a secret URL.
    pub async fn call_form(&self, url: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.call(url, "application/x-www-form-urlencoded", body)
            .await
    }

    /// Posts a JSON object to a secret URL.
    pub async fn call_json(&self, url: &str, body: &Value) -> Answer {
        self.call(url, "application/json", body.to_string()).await
    }
}

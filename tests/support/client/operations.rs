//! API keys, health and the OpenAPI document.

use serde_json::{Value, json};

use super::{Answer, Client};

impl Client {
    pub async fn create_api_key(&self, body: &Value) -> Answer {
        self.post("/v1/api-keys", body).await
    }
    pub async fn list_api_keys(&self, query: &str) -> Answer {
        self.get(&format!("/v1/api-keys{query}")).await
    }
    pub async fn read_api_key(&self, id: &str) -> Answer {
        self.get(&format!("/v1/api-keys/{id}")).await
    }
    pub async fn delete_api_key(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/api-keys/{id}")).await
    }

    /// A client that may only do what these scopes allow.
    ///
    /// # Panics
    /// When no such key can be made.
    pub async fn limited_to(&self, scopes: &[&str]) -> Self {
        let made = self
            .create_api_key(&json!({ "name": "limited", "scopes": scopes }))
            .await
            .ok(201);
        self.with_key(made.json()["key"].as_str().expect("the key is shown once"))
    }

    pub async fn live(&self) -> Answer {
        self.get("/health/live").await
    }
    pub async fn openapi(&self) -> Value {
        self.get("/openapi.json").await.ok(200).json()
    }
}

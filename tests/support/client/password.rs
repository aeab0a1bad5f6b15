//! Passwords, without an API key.

use serde_json::json;

use super::{Answer, Client};

impl Client {
    pub async fn forgot_password(&self, email: &str) -> Answer {
        self.without_key()
            .post("/v1/password/forgot", &json!({ "email": email }))
            .await
    }
    pub async fn reset_password(&self, token: &str, password: &str) -> Answer {
        self.without_key()
            .post(
                "/v1/password/reset",
                &json!({ "token": token, "password": password }),
            )
            .await
    }
}

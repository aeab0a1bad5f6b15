//! The demo's view of the API: that of any other program.

use anyhow::{Context, bail};
use reqwest::{Method, multipart::Form};
use serde_json::Value;

/// Calls the API with a key.
pub(super) struct DemoClient {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl DemoClient {
    pub(super) fn new(base: &str, key: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            http,
            base: base.to_owned(),
            key: key.to_owned(),
        })
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        read(path, request).await
    }

    /// Posts a multipart form to a secret URL, as `curl --form` does; no API key.
    pub(super) async fn post_form(
        &self,
        url: &str,
        fields: &[(&'static str, &'static str)],
    ) -> anyhow::Result<Value> {
        let form = fields
            .iter()
            .fold(Form::new(), |form, (name, value)| form.text(*name, *value));
        read("the secret URL", self.http.post(url).multipart(form)).await
    }
}

async fn read(what: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let answer = request
        .send()
        .await
        .with_context(|| format!("{what} does not answer"))?;
    let (status, body) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{what} answers {status}: {body}");
    }
    serde_json::from_str(&body)
        .with_context(|| format!("{what} answers something that is not JSON"))
}

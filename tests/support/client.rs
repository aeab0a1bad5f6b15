//! A client of the API: one helper per route, and answers that are checked for what every answer
//! has in common.

mod answer;
mod community;
mod deliveries;
mod feeds;
mod incoming;
mod operations;
mod password;

use std::sync::Once;

use bytes::Bytes;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;

pub use answer::Answer;

/// Speaks to one API with one key, or without.
#[derive(Debug, Clone)]
pub struct Client {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    headers: HeaderMap,
    http: reqwest::Client,
}

impl Client {
    /// A client with an API key.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    pub fn new(base: &str, key: &str) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider()
                .install_default()
                .expect("the first provider")
        });
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let client = Self {
            base: base.to_owned(),
            headers: HeaderMap::new(),
            http: http.expect("an HTTP client"),
        };
        client.with_key(key)
    }

    /// The same with another key.
    pub fn with_key(&self, key: &str) -> Self {
        self.with("authorization", &format!("Bearer {key}"))
    }

    /// The same without any API key; other credentials stay.
    pub fn without_key(&self) -> Self {
        let mut other = self.clone();
        if self
            .headers
            .get(AUTHORIZATION)
            .is_some_and(|value| value.as_bytes().starts_with(b"Bearer "))
        {
            other.headers.remove(AUTHORIZATION);
        }
        other
    }

    /// The same with a header on every request.
    ///
    /// # Panics
    /// When the header is none.
    pub fn with(&self, name: &str, value: &str) -> Self {
        self.with_bytes(name, value.as_bytes())
    }

    /// The same with a header whose value may be no text.
    ///
    /// # Panics
    /// When the header is none.
    pub fn with_bytes(&self, name: &str, value: &[u8]) -> Self {
        let mut other = self.clone();
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        other.headers.insert(
            name,
            HeaderValue::from_bytes(value).expect("a header value"),
        );
        other
    }

    /// The same with one more header, even if there is one of this name.
    ///
    /// # Panics
    /// When the header is none.
    pub fn with_another(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        other
            .headers
            .append(name, HeaderValue::from_str(value).expect("a header value"));
        other
    }

    /// The same with `If-Match`.
    pub fn if_match(&self, etag: &str) -> Self {
        self.with("if-match", etag)
    }

    /// The same with `Idempotency-Key`.
    pub fn idempotent(&self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    /// Sends a request with the bytes of any content type.
    ///
    /// # Panics
    /// When nothing comes back, or the answer lacks what all have.
    pub async fn send(&self, method: Method, path: &str, body: Option<(&str, Bytes)>) -> Answer {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base))
            .headers(self.headers.clone());
        if let Some((content_type, body)) = body {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        let what = format!("{method} {path}");
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        Answer::read(what, response).await
    }

    /// Sends JSON.
    ///
    /// # Panics
    /// As [`Client::send`].
    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(
            method,
            path,
            Some(("application/json", body.to_string().into())),
        )
        .await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    /// POST without a body.
    pub async fn act(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    /// PUT with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    /// Every entry of a list, page by page.
    ///
    /// # Panics
    /// When a page is not what lists answer.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{mark}limit=100{cursor}"))
                .await
                .ok(200);
            found.extend(page.list().to_vec());
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

//! How the API is served, and every limit with its default.

use std::{num::NonZeroU32, time::Duration};

use ipnet::IpNet;

use super::passwords::HashCost;

/// How the API is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How URLs that point to this API begin, without a slash at the end.
    pub public_url: String,
    /// Origins whose pages may call `/v1` from a browser; `*` for any.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve requests.
    pub workers: usize,
    /// How long requests in flight may take after a stop was asked for.
    pub drain: Duration,
    /// Whether `/docs` and `/openapi.json` are served.
    pub docs: bool,
    /// What hashing a password costs.
    pub hash_cost: HashCost,
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            workers: 2,
            drain: Duration::from_secs(30),
            docs: true,
            hash_cost: HashCost::default(),
            limits: Limits::default(),
        }
    }
}

/// Bounds of what a request may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body under `/v1`.
    pub body: usize,
    /// Bytes of a batch of events.
    pub events_body: usize,
    /// Bytes of a call of an incoming webhook.
    pub intake_body: usize,
    /// Parts of a multipart form that an incoming webhook is called with.
    pub intake_parts: usize,
    /// Bytes of one field of such a call.
    pub intake_field: usize,
    /// Calls from one address in a minute, and those of them that may lead nowhere; `None`: any
    /// number.
    pub calls_per_minute: Option<NonZeroU32>,
    pub misses_per_minute: Option<NonZeroU32>,
    /// Events of one batch.
    pub events_batch: usize,
    /// Custom event types that there may be.
    pub custom_event_types: i64,
    /// How long a client may take to send a body.
    pub body_time: Duration,
    /// Entries of a page when none are asked for, and at most.
    pub page: i64,
    pub page_max: i64,
    /// How long the answer to an `Idempotency-Key` is kept.
    pub idempotency_ttl: Duration,
    /// How long a request with an `Idempotency-Key` counts as running when its process died.
    pub idempotency_lock: Duration,
    /// How long a revoked API key may go on working in another process.
    pub key_cache: Duration,
    /// Requests about passwords from one address, and mails that may be asked for with one e-mail
    /// address.
    pub password_requests_per_minute: NonZeroU32,
    pub password_mails_per_hour: NonZeroU32,
    /// How old the outbox's oldest event may be before `/health/ready` calls it bad.
    pub outbox_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            events_body: 4 * 1024 * 1024,
            intake_body: 256 * 1024,
            intake_parts: 64,
            intake_field: 8 * 1024,
            calls_per_minute: NonZeroU32::new(6000),
            misses_per_minute: NonZeroU32::new(60),
            events_batch: 1000,
            custom_event_types: 1000,
            body_time: Duration::from_secs(30),
            page: 25,
            page_max: 100,
            idempotency_ttl: Duration::from_secs(24 * 3600),
            idempotency_lock: Duration::from_secs(60),
            key_cache: Duration::from_secs(5),
            password_requests_per_minute: NonZeroU32::MIN.saturating_add(9),
            password_mails_per_hour: NonZeroU32::MIN.saturating_add(4),
            outbox_age: Duration::from_secs(300),
        }
    }
}

impl Limits {
    /// Bytes that the body of a request on this route may have.
    pub fn body_of(&self, route: &str) -> usize {
        if route == "/v1/events/batch" {
            self.events_body
        } else if route.starts_with("/hooks/") || route == "/v1/incoming-webhooks/{id}/preview" {
            self.intake_body
        } else {
            self.body
        }
    }
}

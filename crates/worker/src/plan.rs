//! A feed as the pipeline uses it: templates read, secrets opened, once for each change of the feed and not for each delivery.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Instant,
    feed::Body,
    id::FeedId,
    outbound::{
        request::{BodyMode, Format, Method},
        retry::{RetryPolicy, Schedule},
        signature::{SigningSecret, sign},
        template::Condition,
    },
    vault::Vault,
};
use storage::feeds::Feed;
use url::Url;

use crate::client::Header;

/// What there is to know about an enabled feed.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) id: FeedId,
    pub(crate) title: String,
    pub(crate) version: i64,
    /// Event types and patterns.
    pub(crate) events: Vec<String>,
    pub(crate) method: Method,
    pub(crate) format: Format,
    pub(crate) timeout: Duration,
    pub(crate) max_in_flight: usize,
    pub(crate) rate_per_second: Option<u32>,
    pub(crate) policy: RetryPolicy,
    /// Or why the feed cannot send; then each of its deliveries fails with that text.
    pub(crate) sending: Result<Sending, String>,
}

/// What the requests of a feed are made from.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) condition: Option<Condition>,
    pub(crate) body: BodyMode,
    pub(crate) url: Url,
    pub(crate) headers: Vec<Header>,
    /// The current one first; the others sign until they expire.
    secrets: Vec<(SigningSecret, Option<Instant>)>,
}

impl Plan {
    /// Reads a feed. What is wrong with it does not stop the other feeds.
    pub(crate) fn of(feed: &Feed, vault: &Vault) -> Self {
        let positive = |number: i32| u32::try_from(number).ok().filter(|n| *n > 0);
        let schedule = feed.retry_schedule.as_ref().map_or_else(Schedule::default, |own| Schedule::new(own.0.clone()));
        Self {
            id: feed.id,
            title: feed.title.clone(),
            version: feed.version,
            events: feed.events.0.clone(),
            method: feed.method,
            format: feed.format,
            timeout: Duration::from_millis(positive(feed.timeout_ms).unwrap_or(1000).into()),
            max_in_flight: usize::try_from(feed.max_in_flight).unwrap_or(1).max(1),
            rate_per_second: feed.rate_limit_per_second.and_then(positive),
            policy: RetryPolicy { schedule, retry_client_errors: feed.retry_client_errors },
            sending: Sending::of(feed, vault).inspect_err(|why| tracing::error!(feed_id = %feed.id, %why, "a feed cannot send")),
        }
    }
}

impl Sending {
    fn of(feed: &Feed, vault: &Vault) -> Result<Self, String> {
        let url = feed.url.as_deref().ok_or("The feed has no URL.")?;
        let body = match &feed.body.0 {
            Body::All => BodyMode::All,
            Body::Selected { fields } => {
                let fields = fields.iter().map(|field| (field.key.as_str(), field.value.as_str()));
                BodyMode::selected(fields).map_err(|error| error.to_string())?
            }
        };
        let condition = feed.condition.as_deref().map(Condition::parse).transpose().map_err(|error| error.to_string())?;
        Ok(Self {
            condition,
            body,
            url: Url::parse(url).map_err(|_| "The feed's URL cannot be read.")?,
            headers: headers(feed, vault)?,
            secrets: secrets(feed, vault)?,
        })
    }

    /// The `webhook-signature` of what is sent now.
    pub(crate) fn sign(&self, webhook_id: &str, now: Instant, signed: &[u8]) -> String {
        let valid = |until: &Option<Instant>| until.is_none_or(|until| now < until);
        let secrets: Vec<_> = self.secrets.iter().filter(|(_, until)| valid(until)).map(|(secret, _)| secret).collect();
        sign(&secrets, webhook_id, now.timestamp(), signed)
    }
}

fn headers(feed: &Feed, vault: &Vault) -> Result<Vec<Header>, String> {
    let context = format!("feed header {}", feed.id);
    let header = |header: &domain::feed::Header| {
        let value = if header.secret { open(vault, &context, &header.value)? } else { header.value.clone() };
        Ok(Header { name: header.name.clone(), value, secret: header.secret })
    };
    feed.headers.0.iter().map(header).collect()
}

fn secrets(feed: &Feed, vault: &Vault) -> Result<Vec<(SigningSecret, Option<Instant>)>, String> {
    let context = format!("feed secret {}", feed.id);
    let read = |text: String| text.parse::<SigningSecret>().map_err(|error| error.to_string());
    let current = vault.open_text(&context, &feed.secret_sealed).map_err(|error| error.to_string())?;
    let mut secrets = vec![(read(current)?, None)];
    for previous in &feed.previous_secrets.0 {
        secrets.push((read(open(vault, &context, &previous.sealed)?)?, Some(previous.expires_at)));
    }
    Ok(secrets)
}

/// Opens what is kept as the base64 of sealed bytes.
fn open(vault: &Vault, context: &str, sealed: &str) -> Result<String, String> {
    let sealed = STANDARD.decode(sealed).map_err(|_| "A stored secret is damaged.")?;
    vault.open_text(context, &sealed).map_err(|error| error.to_string())
}

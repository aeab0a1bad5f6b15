//! A feed as the pipeline uses it: templates read, secrets opened, once for each change of the feed
//! and not for each delivery.

use std::time::Duration;

use domain::{
    feed::{FeedSettings, FeedVault, sending::Sending},
    id::FeedId,
    outbound::{
        request::{Format, Method},
        retry::{RetryPolicy, Schedule},
    },
    vault::Vault,
};
use storage::feeds::Feed;

/// What the worker knows about an enabled feed.
#[derive(Debug)]
pub(crate) struct CompiledFeed {
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

impl CompiledFeed {
    /// Reads a feed. What is wrong with it does not stop the other feeds.
    pub(crate) fn of(feed: &Feed, vault: &Vault) -> Self {
        let vault = FeedVault {
            vault,
            feed: feed.id,
        };
        let (settings, sending) = match feed.spec.get() {
            Ok(spec) => (
                spec.settings.clone(),
                Sending::open(spec, &feed.keys(), vault),
            ),
            Err(error) => (FeedSettings::default(), Err(error.to_string())),
        };
        match &sending {
            Err(why) => tracing::error!(feed_id = %feed.id, %why, "a feed cannot send"),
            Ok(sending) if sending.is_locked() => tracing::error!(feed_id = %feed.id,
                "a feed's secrets cannot be opened; its deliveries wait until the worker has the master key with which they were stored"),
            Ok(_) => {}
        }
        let positive = |number: i32| u32::try_from(number).ok().filter(|n| *n > 0);
        // Without `..`, so that each new setting is decided on here.
        let FeedSettings {
            title,
            url: _,
            method,
            format,
            signature: _,
            // The column, from which feeds are matched, has them too.
            events: _,
            condition: _,
            timeout_ms,
            max_in_flight,
            rate_limit_per_second,
            retry_schedule,
            retry_client_errors,
        } = settings;
        Self {
            id: feed.id,
            title,
            version: feed.version,
            events: feed.events.0.clone(),
            method,
            format,
            timeout: Duration::from_millis(positive(timeout_ms).unwrap_or(1000).into()),
            max_in_flight: usize::try_from(max_in_flight).unwrap_or(1).max(1),
            rate_per_second: rate_limit_per_second.and_then(positive),
            policy: RetryPolicy {
                schedule: retry_schedule.map_or_else(Schedule::default, Schedule::new),
                retry_client_errors,
            },
            sending,
        }
    }

    /// How many of its requests may be under way: none while its secrets cannot be opened.
    pub(crate) fn most_in_flight(&self) -> usize {
        let is_locked = matches!(&self.sending, Ok(sending) if sending.is_locked());
        if is_locked { 0 } else { self.max_in_flight }
    }
}

//! Who may call, and how often: what is decided before a body is read.

use std::{net::IpAddr, num::NonZeroU32};

use domain::incoming::is_allowed_address;
use storage::incoming_webhooks::IncomingWebhook;

use crate::{
    Code, Problem, State,
    rate::{self, RateLimits},
};

/// What is counted of calls.
#[derive(Clone, Default)]
pub(crate) struct CallRates {
    calls: RateLimits<IpAddr>,
    misses: RateLimits<IpAddr>,
    webhooks: RateLimits<domain::id::IncomingWebhookId>,
}

impl CallRates {
    /// Counts a call from an address, whatever it is for.
    ///
    /// # Errors
    /// 429 `too_many_requests`.
    pub(crate) fn call(&self, state: &State, source: Option<IpAddr>) -> Result<(), Problem> {
        count(&self.calls, source, state.settings.limits.calls_per_minute)
    }

    /// Counts a call to a URL that leads nowhere: whoever tries tokens has few tries.
    ///
    /// # Errors
    /// 429 `too_many_requests`.
    pub(crate) fn miss(&self, state: &State, source: Option<IpAddr>) -> Result<(), Problem> {
        count(&self.misses, source, state.settings.limits.misses_per_minute)
    }

    /// Lets a call pass that comes from where the webhook's owner allows, and not too often.
    ///
    /// # Errors
    /// 403 `address_not_allowed`, 429 `too_many_requests`.
    pub(crate) fn admit(&self, webhook: &IncomingWebhook, source: Option<IpAddr>) -> Result<(), Problem> {
        if !is_allowed_address(&webhook.allowed_ips.0, source) {
            let detail = match source {
                Some(address) => format!("The incoming webhook does not take calls from {address}."),
                None => "The incoming webhook takes calls from some addresses only, and yours is unknown.".to_owned(),
            };
            return Err(Problem::new(Code::AddressNotAllowed).detail(detail));
        }
        let per_minute = webhook.rate_limit_per_minute.and_then(|limit| u32::try_from(limit).ok()).and_then(NonZeroU32::new);
        self.webhooks.count(webhook.id, per_minute)
    }
}

/// Connections without an address of their own (a Unix socket) are not told apart, so they are not counted.
fn count(limits: &RateLimits<IpAddr>, source: Option<IpAddr>, per_minute: Option<NonZeroU32>) -> Result<(), Problem> {
    source.map_or(Ok(()), |address| limits.count(rate::client(address), per_minute))
}

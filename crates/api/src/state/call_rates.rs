//! Who may call, and how often: what is decided before a body is read.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use domain::{id::IncomingWebhookId, incoming::is_allowed_address};
use governor::Quota;
use storage::incoming_webhooks::IncomingWebhook;

use super::{
    rate_limit::{RateLimit, source_key},
    settings::Limits,
};
use crate::{Code, Problem};

/// What is counted of calls.
#[derive(Clone)]
pub(crate) struct CallRates {
    calls: Option<RateLimit<IpAddr>>,
    misses: Option<RateLimit<IpAddr>>,
    /// The limit is part of the key: one that was changed counts anew.
    webhooks: RateLimit<(IncomingWebhookId, NonZeroU32)>,
}

impl CallRates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let per_minute =
            |limit: Option<NonZeroU32>| limit.map(|limit| RateLimit::new(Quota::per_minute(limit)));
        Self {
            calls: per_minute(limits.calls_per_minute),
            misses: per_minute(limits.misses_per_minute),
            webhooks: RateLimit::by_key(Duration::from_secs(60), |(_, limit)| {
                Quota::per_minute(*limit)
            }),
        }
    }

    /// Counts a call from an address, whatever it is for.
    ///
    /// # Errors
    /// 429 `too_many_requests`.
    pub(crate) async fn call(&self, source: Option<IpAddr>) -> Result<(), Problem> {
        count(self.calls.as_ref(), source).await
    }

    /// Counts a call to a URL that leads nowhere: whoever tries tokens has few tries.
    ///
    /// # Errors
    /// 429 `too_many_requests`.
    pub(crate) async fn miss(&self, source: Option<IpAddr>) -> Result<(), Problem> {
        count(self.misses.as_ref(), source).await
    }

    /// Lets a call pass that comes from where the webhook's owner allows, and not too often.
    ///
    /// # Errors
    /// 403 `address_not_allowed`, 429 `too_many_requests`.
    pub(crate) async fn admit(
        &self,
        webhook: &IncomingWebhook,
        source: Option<IpAddr>,
    ) -> Result<(), Problem> {
        if !is_allowed_address(&webhook.allowed_ips.0, source) {
            let detail = match source {
                Some(address) => format!("The incoming webhook does not take calls from {address}."),
                None => "The incoming webhook takes calls from some addresses only, and yours is unknown.".to_owned(),
            };
            return Err(Problem::new(Code::AddressNotAllowed).detail(detail));
        }
        let limit = webhook
            .rate_limit_per_minute
            .and_then(|limit| u32::try_from(limit).ok())
            .and_then(NonZeroU32::new);
        match limit {
            Some(limit) => self.webhooks.check((webhook.id, limit)).await,
            None => Ok(()),
        }
    }
}

async fn count(limit: Option<&RateLimit<IpAddr>>, source: Option<IpAddr>) -> Result<(), Problem> {
    match limit {
        Some(limit) => limit.check(source_key(source)).await,
        None => Ok(()),
    }
}

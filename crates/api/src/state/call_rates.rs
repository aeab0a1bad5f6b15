//! How often incoming webhooks may be called.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use domain::id::IncomingWebhookId;
use governor::Quota;

use super::rate_limit::{RateLimit, source_key};
use crate::{Problem, settings::IntakeSettings};

/// What is counted of calls.
#[derive(Clone)]
pub(crate) struct CallRates {
    calls: Option<RateLimit<IpAddr>>,
    misses: Option<RateLimit<IpAddr>>,
    /// The limit is part of the key: one that was changed counts anew.
    webhooks: RateLimit<(IncomingWebhookId, NonZeroU32)>,
}

impl CallRates {
    pub(crate) fn new(settings: &IntakeSettings) -> Self {
        let per_minute =
            |limit: Option<NonZeroU32>| limit.map(|limit| RateLimit::new(Quota::per_minute(limit)));
        Self {
            calls: per_minute(settings.calls_per_minute()),
            misses: per_minute(settings.misses_per_minute()),
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

    /// Counts a call of a webhook that may be called so often in a minute.
    ///
    /// # Errors
    /// 429 `too_many_requests`.
    pub(crate) async fn webhook(
        &self,
        id: IncomingWebhookId,
        per_minute: NonZeroU32,
    ) -> Result<(), Problem> {
        self.webhooks.check((id, per_minute)).await
    }
}

async fn count(limit: Option<&RateLimit<IpAddr>>, source: Option<IpAddr>) -> Result<(), Problem> {
    match limit {
        Some(limit) => limit.check(source_key(source)).await,
        None => Ok(()),
    }
}

//! Who may call, and how often: decided before a body is read.

use std::num::NonZeroU32;

use domain::incoming::is_allowed_address;

use super::IncomingCall;
use crate::{Code, Problem};

impl IncomingCall<'_> {
    /// Lets a call pass that comes from where the webhook's owner allows, and not too often.
    ///
    /// # Errors
    /// 403 `address_not_allowed`, 429 `too_many_requests`.
    pub(crate) async fn admit(&self) -> Result<(), Problem> {
        let spec = self.webhook.spec.get()?;
        if !is_allowed_address(&spec.allowed_ips, self.source) {
            let detail = match self.source {
                Some(address) => {
                    format!("The incoming webhook does not accept calls from {address}.")
                }
                None => "The incoming webhook accepts calls from certain addresses only, and the caller's is unknown.".to_owned(),
            };
            return Err(Problem::new(Code::AddressNotAllowed).detail(detail));
        }
        let limit = spec
            .rate_limit_per_minute
            .and_then(|limit| u32::try_from(limit).ok())
            .and_then(NonZeroU32::new);
        match limit {
            Some(limit) => self.state.call_rates.webhook(self.webhook.id, limit).await,
            None => Ok(()),
        }
    }
}

//! Whether a call was made before.

use actix_web::http::header::HeaderMap;

use super::{IncomingCall, authenticate::CallHeaders};
use crate::{
    Problem,
    request::idempotency::{self, Once},
    verification,
};

impl<'s> IncomingCall<'s> {
    /// What makes other calls the same as this one: the id that a provider gave to the delivery,
    /// else its `Idempotency-Key`. No provider signs that header: whoever repeats what they saw could
    /// add one, and it must not make another call of it. Only for calls that are authenticated:
    /// others could claim an id that is not theirs.
    ///
    /// # Errors
    /// 400 `invalid_idempotency_key`.
    pub(crate) fn deduplicate(
        &self,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<Once<'s>>, Problem> {
        let webhook = self.webhook;
        let key = idempotency::key_in(headers)?;
        let delivery = verification::scheme(webhook)?.delivery_id(&CallHeaders(headers), body);
        if let Some(id) = delivery {
            let caller = format!("{} delivery", webhook.id);
            // The provider says that it is the same one; it may be signed anew.
            return Ok(Some(Once::new(self.state, &caller, id.as_bytes(), &[])));
        }
        Ok(key.map(|key| {
            let (caller, same) = (webhook.id.to_string(), [path.as_bytes(), body]);
            Once::new(self.state, &caller, &key, &same)
        }))
    }
}

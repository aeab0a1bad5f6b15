//! Whether a call comes from whom the webhook's owner says: decided before its body is understood.

use actix_web::http::header::HeaderMap;
use domain::incoming::verification::{CallRefusal, HeaderLookup, Scheme};

use super::IncomingCall;
use crate::{Code, Problem, problem::Challenge, verification};

/// A call's headers, as the rules want to see them.
pub(super) struct CallHeaders<'a>(pub(super) &'a HeaderMap);

impl HeaderLookup for CallHeaders<'_> {
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.get_all(name).map(|value| value.as_bytes())
    }
}

impl IncomingCall<'_> {
    /// Whether the webhook's verification covers the body.
    pub(crate) fn is_signed(&self) -> Result<bool, Problem> {
        Ok(verification::scheme(self.webhook)?.signs_body())
    }

    /// Checks what the webhook's verification asks for, over the bytes of the body as they came.
    ///
    /// # Errors
    /// 401 `signature_missing`, `signature_invalid` or `signature_expired`; none says what the
    /// right one would be.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
        let rule = verification::open(&self.state.vault, self.webhook)?;
        rule.verify(&CallHeaders(headers), body, self.state.clock.now())
            .map_err(|refusal| {
                let code = match refusal {
                    CallRefusal::Missing(_) => Code::SignatureMissing,
                    CallRefusal::Invalid => Code::SignatureInvalid,
                    CallRefusal::Expired(_) => Code::SignatureExpired,
                };
                let challenge = match rule.scheme() {
                    Scheme::Basic { .. } => Challenge::Password,
                    _ => Challenge::Signature,
                };
                Problem::new(code)
                    .detail(refusal.to_string())
                    .challenge(challenge)
            })
    }
}

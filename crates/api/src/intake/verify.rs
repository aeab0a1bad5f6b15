//! Whether a call comes from whom the webhook's owner says, before anything of it is read.

use actix_web::http::header::HeaderMap;
use domain::incoming::verification::{Headers, Refusal, Scheme};
use storage::incoming_webhooks::IncomingWebhook;

use crate::{Code, Problem, State, problem::Challenge, verification};

/// A call's headers, as the rules want to see them.
struct Sent<'a>(&'a HeaderMap);

impl Headers for Sent<'_> {
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.get_all(name).map(|value| value.as_bytes())
    }
}

/// Checks what the webhook's verification asks for, over the bytes of the body as they came.
///
/// # Errors
/// 401 `signature_missing`, `signature_invalid` or `signature_expired`; none says what the right
/// one would be.
pub(crate) fn verify(
    state: &State,
    webhook: &IncomingWebhook,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Problem> {
    let rule = verification::open(&state.vault, webhook)?;
    rule.verify(&Sent(headers), body, state.clock.now())
        .map_err(|refusal| {
            let code = match refusal {
                Refusal::Missing(_) => Code::SignatureMissing,
                Refusal::Invalid => Code::SignatureInvalid,
                Refusal::Expired(_) => Code::SignatureExpired,
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

/// The id that a provider gave to the delivery, the same when it sends it again. Only for calls
/// that were verified.
pub(crate) fn delivery_id(
    webhook: &IncomingWebhook,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    verification::scheme(webhook)
        .ok()?
        .delivery_id(&Sent(headers), body)
}

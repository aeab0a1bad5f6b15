//! Stripe: `Stripe-Signature: t=…,v1=…,v1=…`, HMAC-SHA256 in hex over `t.body`, keyed with the
//! whole text of the secret.

use serde::Deserialize;

use super::{CallRefusal, HeaderLookup, MAX_SIGNATURES, mac, one, unix_seconds};

const HEADER: &str = "Stripe-Signature";

/// When the call was signed.
pub(super) fn verify(
    secret: &str,
    headers: &impl HeaderLookup,
    body: &[u8],
) -> Result<i64, CallRefusal> {
    let header = one(headers, HEADER)?;
    if header.split(',').count() > MAX_SIGNATURES {
        return Err(CallRefusal::Invalid);
    }
    let items = || {
        header
            .split(',')
            .filter_map(|item| item.trim().split_once('='))
    };
    let mut times = items()
        .filter(|(key, _)| *key == "t")
        .map(|(_, value)| value);
    let (Some(timestamp), None) = (times.next(), times.next()) else {
        return Err(CallRefusal::Invalid);
    };
    let signed = unix_seconds(timestamp)?;
    let known = items()
        .filter(|(key, _)| *key == "v1")
        .filter_map(|(_, value)| hex::decode(value).ok());
    mac::any_is_of(
        known,
        secret.as_bytes(),
        &[timestamp.as_bytes(), b".", body],
    )
    .map(|()| signed)
}

/// The `id` of the event that the body is. Everything else in it is passed over without being kept.
pub(super) fn event_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct StripeEvent {
        id: String,
    }
    serde_json::from_slice::<StripeEvent>(body)
        .ok()
        .map(|event| event.id)
}

//! Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`. Svix, where it comes from, still sends
//! it under names of its own.

use base64::Engine;

use super::{CallRefusal, HeaderLookup, MAX_SIGNATURES, is_delivery_id, mac, one, unix_seconds};
use crate::outbound::signature::SigningSecret;

/// The headers of one sender.
pub(super) struct HeaderNames {
    pub(super) id: &'static str,
    timestamp: &'static str,
    signature: &'static str,
}

const STANDARD: HeaderNames = HeaderNames {
    id: "webhook-id",
    timestamp: "webhook-timestamp",
    signature: "webhook-signature",
};
const SVIX: HeaderNames = HeaderNames {
    id: "svix-id",
    timestamp: "svix-timestamp",
    signature: "svix-signature",
};

/// The names under which this call is signed.
pub(super) fn names(headers: &impl HeaderLookup) -> HeaderNames {
    let sent = |name| headers.values(name).next().is_some();
    if !sent(STANDARD.signature) && sent(SVIX.signature) {
        SVIX
    } else {
        STANDARD
    }
}

/// When the call was signed.
pub(super) fn verify(
    secret: &str,
    headers: &impl HeaderLookup,
    body: &[u8],
) -> Result<i64, CallRefusal> {
    let names = names(headers);
    let (id, timestamp, signatures) = (
        one(headers, names.id)?,
        one(headers, names.timestamp)?,
        one(headers, names.signature)?,
    );
    let signed = unix_seconds(timestamp)?;
    let secret: SigningSecret = secret.parse().map_err(|_| CallRefusal::Invalid)?;
    // The parts are joined by dots: an id with one could be read in two ways, so the specification
    // asks senders for none.
    if !is_delivery_id(id) || id.contains('.') || signatures.split(' ').count() > MAX_SIGNATURES {
        return Err(CallRefusal::Invalid);
    }
    let known = signatures
        .split(' ')
        .filter_map(|one| mac::BASE64.decode(one.strip_prefix("v1,")?).ok());
    let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    mac::any_is_of(known, secret.key(), &message).map(|()| signed)
}

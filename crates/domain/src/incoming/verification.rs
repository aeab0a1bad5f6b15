//! How a caller of an incoming webhook proves that it knows more than the URL.
//!
//! What an owner typed is a [`VerificationDraft`]; checked, it becomes a [`Verification`]: a [`Scheme`], which
//! may be shown, and a secret, which may not.

mod draft;
mod mac;
mod shared;
mod standard;
mod stripe;
#[cfg(test)]
mod tests;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

pub use draft::VerificationDraft;

use crate::Instant;

/// Longest header that is looked into, in bytes.
const MAX_HEADER: usize = 4096;
/// Most signatures of one call: an old and a new secret, times versions.
const MAX_SIGNATURES: usize = 16;
/// Longest id of a delivery, in bytes.
const MAX_DELIVERY_ID: usize = 255;

/// The way of proving, with its settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case")]
pub enum Scheme {
    /// The URL is enough.
    #[default]
    None,
    /// HMAC-SHA256 of the body in a header, after a prefix.
    HmacSha256 {
        header: String,
        encoding: Encoding,
        prefix: Option<String>,
    },
    /// <https://www.standardwebhooks.com>, and Svix's older names of its headers.
    StandardWebhooks { tolerance_seconds: i64 },
    /// `Stripe-Signature`.
    Stripe { tolerance_seconds: i64 },
    /// `X-Hub-Signature-256`.
    Github,
    /// `X-Shopify-Hmac-Sha256`.
    Shopify,
    /// HTTP Basic authentication.
    Basic { username: String },
    /// The secret itself in a header.
    Header { header: String },
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Hex,
    Base64,
}

/// A scheme and the secret that it needs. Invariant: only [`Scheme::None`] has an empty one.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    scheme: Scheme,
    secret: SecretString,
}

/// The headers of a call.
pub trait HeaderLookup {
    /// The values of one header, in their order. Names have no case.
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]>;
}

/// Why a call is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallRefusal {
    #[error("The header {0} is missing.")]
    Missing(String),
    #[error(
        "The call does not prove that its sender knows this webhook's secret, or it was changed on its way."
    )]
    Invalid,
    #[error("The call was signed more than {0} seconds ago, or as far in the future.")]
    Expired(i64),
}

impl Scheme {
    /// Every scheme, as requests and stored settings name it.
    pub const NAMES: &[&str] = &[
        "none",
        "hmac_sha256",
        "standard_webhooks",
        "stripe",
        "github",
        "shopify",
        "basic",
        "header",
    ];

    /// The name of the field that carries the secret, if there is one.
    pub fn secret_field(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Basic { .. } => Some("password"),
            _ => Some("secret"),
        }
    }

    /// Whether the proof is one of the body, not of the caller alone.
    pub fn signs_body(&self) -> bool {
        match self {
            Self::HmacSha256 { .. }
            | Self::StandardWebhooks { .. }
            | Self::Stripe { .. }
            | Self::Github
            | Self::Shopify => true,
            Self::None | Self::Basic { .. } | Self::Header { .. } => false,
        }
    }

    /// The provider's own id of a delivery: the same when it is sent again. It is worth something
    /// only once the call is verified, and even then GitHub's and Shopify's are not signed.
    pub fn delivery_id(&self, headers: &impl HeaderLookup, body: &[u8]) -> Option<String> {
        let id = match self {
            Self::StandardWebhooks { .. } => {
                one(headers, standard::names(headers).id).ok()?.to_owned()
            }
            Self::Stripe { .. } => stripe::event_id(body)?,
            Self::Github => one(headers, "X-GitHub-Delivery").ok()?.to_owned(),
            Self::Shopify => one(headers, "X-Shopify-Webhook-Id").ok()?.to_owned(),
            Self::None | Self::HmacSha256 { .. } | Self::Basic { .. } | Self::Header { .. } => {
                return None;
            }
        };
        is_delivery_id(&id).then_some(id)
    }
}

impl Verification {
    /// One that was checked before and kept somewhere; `None` when it lacks the secret that it
    /// needs.
    pub fn restore(scheme: Scheme, secret: String) -> Option<Self> {
        let complete = secret.is_empty() == (scheme == Scheme::None);
        complete.then(|| Self {
            scheme,
            secret: secret.into(),
        })
    }

    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The secret, to seal it.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Whether a call proves what it has to. All comparisons of secrets and signatures take
    /// constant time.
    ///
    /// # Errors
    /// [`CallRefusal`]. `Expired` is said only of calls that were signed rightly.
    pub fn verify(
        &self,
        headers: &impl HeaderLookup,
        body: &[u8],
        now: Instant,
    ) -> Result<(), CallRefusal> {
        let secret = self.expose();
        match &self.scheme {
            Scheme::None => Ok(()),
            Scheme::HmacSha256 {
                header,
                encoding,
                prefix,
            } => {
                let place = mac::BodySignature {
                    header,
                    prefix: prefix.as_deref().unwrap_or(""),
                    encoding: *encoding,
                };
                place.verify(secret, headers, body)
            }
            Scheme::Github => mac::GITHUB.verify(secret, headers, body),
            Scheme::Shopify => mac::SHOPIFY.verify(secret, headers, body),
            Scheme::StandardWebhooks { tolerance_seconds } => {
                standard::verify(secret, headers, body)
                    .and_then(|signed| in_time(signed, now, *tolerance_seconds))
            }
            Scheme::Stripe { tolerance_seconds } => stripe::verify(secret, headers, body)
                .and_then(|signed| in_time(signed, now, *tolerance_seconds)),
            Scheme::Basic { username } => shared::basic(username, secret, headers),
            Scheme::Header { header } => shared::header(header, secret, headers),
        }
    }
}

impl PartialEq for Verification {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self
                .expose()
                .as_bytes()
                .ct_eq(other.expose().as_bytes())
                .into()
    }
}

/// The one value of a header. With two of them, two readers of the same call could disagree about
/// it.
fn one<'a>(headers: &'a impl HeaderLookup, name: &str) -> Result<&'a str, CallRefusal> {
    let mut values = headers.values(name);
    let value = values
        .next()
        .ok_or_else(|| CallRefusal::Missing(name.to_owned()))?;
    if values.next().is_some() || value.len() > MAX_HEADER {
        return Err(CallRefusal::Invalid);
    }
    std::str::from_utf8(value).map_err(|_| CallRefusal::Invalid)
}

fn in_time(signed: i64, now: Instant, tolerance: i64) -> Result<(), CallRefusal> {
    let apart = now.timestamp().abs_diff(signed);
    if apart <= tolerance.unsigned_abs() {
        Ok(())
    } else {
        Err(CallRefusal::Expired(tolerance))
    }
}

/// Unix seconds as providers write them.
fn unix_seconds(text: &str) -> Result<i64, CallRefusal> {
    let is_plain = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| is_plain)
        .ok_or(CallRefusal::Invalid)
}

fn is_delivery_id(text: &str) -> bool {
    (1..=MAX_DELIVERY_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

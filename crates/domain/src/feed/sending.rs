//! The request of a delivery, as its feed is now. Whoever sends or shows one has it from here:
//! worker, test and preview.

use std::fmt;

use url::Url;

use super::{FeedBody, FeedHeader, FeedSpec, FeedVault, SealedKeys};
use crate::{
    Instant,
    outbound::{
        request::{BodyMode, Envelope, Payload, RequestError},
        signature::{SignatureKind, SigningKey, SigningSecret, sign_with},
        template::Condition,
    },
    vault::CannotDecrypt,
};

const AGENT: &str = concat!("Hookyard/", env!("CARGO_PKG_VERSION"));

/// What the requests of a feed are made from: templates read, secrets opened.
#[derive(Debug)]
pub struct Sending {
    pub condition: Option<Condition>,
    pub body: BodyMode,
    pub url: Url,
    secrets: Result<OpenSecrets, CannotDecrypt>,
}

/// What is encrypted at rest, opened.
#[derive(Debug)]
struct OpenSecrets {
    headers: Vec<RequestHeader>,
    /// The current ones first, which do not expire.
    keys: Vec<OpenKeys>,
}

/// A header of a request. `Debug` shows no secret value.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHeader {
    pub name: String,
    pub value: String,
    /// Whether the value must not be shown or logged.
    pub secret: bool,
}

#[derive(Debug)]
struct OpenKeys {
    secret: Option<SigningSecret>,
    key: Option<SigningKey>,
    until: Option<Instant>,
}

/// What a request says about its delivery.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub webhook_id: &'a str,
    pub kind: &'a str,
    /// Counts from 1.
    pub attempt: i32,
    /// Somebody tries the feed out.
    pub test: bool,
}

/// A request that is ready to be sent.
#[derive(Debug)]
pub struct Request<'p> {
    /// With a GET's pairs in its query.
    pub url: Url,
    /// In the order in which they are sent; `Host` and `Content-Length` belong to the client.
    pub headers: Vec<RequestHeader>,
    /// `None` for GET.
    pub body: Option<&'p [u8]>,
}

impl Sending {
    /// Reads what a feed's owner said and opens its secrets. If they cannot be opened, bodies can be
    /// made but no request.
    ///
    /// # Errors
    /// Why the feed cannot send, in words for its owner.
    pub fn open(spec: &FeedSpec, keys: &SealedKeys, vault: FeedVault<'_>) -> Result<Self, String> {
        let url = spec.settings.url.as_deref().ok_or("The feed has no URL.")?;
        let body = match &spec.body {
            FeedBody::All => BodyMode::All,
            FeedBody::Selected { fields } => {
                let fields = fields
                    .iter()
                    .map(|field| (field.key.as_str(), field.value.as_str()));
                BodyMode::selected(fields).map_err(|error| error.to_string())?
            }
        };
        let condition = spec
            .settings
            .condition
            .as_deref()
            .map(Condition::parse)
            .transpose()
            .map_err(|error| error.to_string())?;
        let url = Url::parse(url).map_err(|_| "The feed's URL cannot be read.")?;
        Ok(Self {
            condition,
            body,
            url,
            secrets: OpenSecrets::of(spec, keys, vault),
        })
    }

    /// Whether the feed's secrets cannot be opened: the fault of who runs this, so its deliveries
    /// wait.
    pub const fn is_locked(&self) -> bool {
        self.secrets.is_err()
    }

    /// Whether there are expressions to evaluate.
    pub fn computes(&self) -> bool {
        self.condition.is_some() || matches!(self.body, BodyMode::Selected(_))
    }

    /// Whether the feed's condition holds for an event.
    ///
    /// # Errors
    /// [`RequestError::Data`] for data that is no JSON, [`RequestError::Condition`] for a condition
    /// that fails.
    pub fn holds(&self, envelope: &Envelope) -> Result<bool, RequestError> {
        let Some(condition) = &self.condition else {
            return Ok(true);
        };
        condition
            .evaluate(envelope.context()?)
            .map_err(RequestError::Condition)
    }

    /// The request that carries a payload now.
    ///
    /// # Errors
    /// [`RequestError`] for a GET that is too long, or when the feed is locked.
    pub fn request<'p>(
        &self,
        payload: &'p Payload,
        about: About<'_>,
        now: Instant,
    ) -> Result<Request<'p>, RequestError> {
        let secrets = self.secrets.as_ref().map_err(|error| *error)?;
        let target = payload.target(&self.url)?;
        let ours = |name: &str, value: String| RequestHeader {
            name: name.to_owned(),
            value,
            secret: false,
        };
        let mut headers = Vec::with_capacity(8 + secrets.headers.len());
        headers.push(ours("webhook-id", about.webhook_id.to_owned()));
        headers.push(ours("webhook-timestamp", now.timestamp().to_string()));
        headers.push(ours(
            "webhook-signature",
            secrets.sign(about.webhook_id, now, target.signed()),
        ));
        headers.push(ours("hookyard-event", about.kind.to_owned()));
        headers.push(ours("hookyard-attempt", about.attempt.to_string()));
        if about.test {
            headers.push(ours("hookyard-test", "true".to_owned()));
        }
        headers.push(ours("user-agent", AGENT.to_owned()));
        headers.extend(
            payload
                .content_type()
                .map(|kind| ours("content-type", kind.to_owned())),
        );
        headers.extend(secrets.headers.iter().cloned());
        Ok(Request {
            url: target.url,
            headers,
            body: target.body,
        })
    }
}

impl OpenSecrets {
    fn of(spec: &FeedSpec, keys: &SealedKeys, vault: FeedVault<'_>) -> Result<Self, CannotDecrypt> {
        Ok(Self {
            headers: open_headers(spec, vault)?,
            keys: open_keys(spec.settings.signature, keys, vault)?,
        })
    }

    fn sign(&self, webhook_id: &str, now: Instant, signed: &[u8]) -> String {
        let valid = || {
            self.keys
                .iter()
                .filter(|keys| keys.until.is_none_or(|until| now < until))
        };
        let (secrets, keys) = (
            valid().filter_map(|keys| keys.secret.as_ref()),
            valid().filter_map(|keys| keys.key.as_ref()),
        );
        sign_with(secrets, keys, webhook_id, now.timestamp(), signed)
    }
}

impl Request<'_> {
    /// What stands in the signed text behind id and time: the body, or a GET's whole query.
    pub fn signed(&self) -> &[u8] {
        self.body
            .unwrap_or_else(|| self.url.query().unwrap_or_default().as_bytes())
    }
}

impl RequestHeader {
    /// The value, unless it is secret.
    pub fn shown(&self) -> &str {
        if self.secret { "***" } else { &self.value }
    }
}

impl fmt::Debug for RequestHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.shown())
    }
}

fn open_headers(
    spec: &FeedSpec,
    vault: FeedVault<'_>,
) -> Result<Vec<RequestHeader>, CannotDecrypt> {
    let open = |header: &FeedHeader| {
        let value = if header.secret {
            vault.open_header(&header.value)?
        } else {
            header.value.clone()
        };
        Ok(RequestHeader {
            name: header.name.clone(),
            value,
            secret: header.secret,
        })
    };
    spec.headers.iter().map(open).collect()
}

fn open_keys(
    kind: SignatureKind,
    sealed: &SealedKeys,
    vault: FeedVault<'_>,
) -> Result<Vec<OpenKeys>, CannotDecrypt> {
    let key = sealed
        .key
        .as_ref()
        .filter(|_| kind.has_key())
        .map(|key| vault.open_key(key))
        .transpose()?;
    let secret = kind
        .has_secret()
        .then(|| vault.open_secret(&sealed.secret))
        .transpose()?;
    let mut keys = vec![OpenKeys {
        secret,
        key,
        until: None,
    }];
    for previous in &sealed.previous {
        let secret = kind
            .has_secret()
            .then(|| previous.open(vault))
            .transpose()?;
        let key = if kind.has_key() {
            previous.open_key(vault)?
        } else {
            None
        };
        keys.push(OpenKeys {
            secret,
            key,
            until: Some(previous.expires_at),
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;

//! `[broker]`: the RabbitMQ server and what is ours on it.

use std::str::FromStr;

use domain::settings::{Section, SettingProblems};
use lapin::uri::AMQPUri;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Longest namespace.
const MAX_NAMESPACE: usize = 100;

/// The keys of `[broker]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSettings {
    /// `None`: there is no broker, and the outbox is read in process.
    pub url: Option<BrokerUrl>,
    pub namespace: String,
    pub prefetch: u16,
}

impl Section for BrokerSettings {
    const NAME: &'static str = "broker";
    const SECRET_KEYS: &'static [&'static str] = &["url"];

    fn check(&self, problems: &mut SettingProblems) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !(1..=MAX_NAMESPACE).contains(&self.namespace.len())
            || !self.namespace.bytes().all(plain)
        {
            problems.add(
                "namespace",
                format!("must have 1 to {MAX_NAMESPACE} of A-Z, a-z, 0-9, '.', '_' and '-'"),
            );
        }
        problems.within("prefetch", self.prefetch, 1..=u16::MAX);
    }
}

/// `amqp://…` or `amqps://…`; carries a password, which no message repeats.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct BrokerUrl(SecretString);

/// The text is not the URL of a broker.
#[derive(Debug, thiserror::Error)]
#[error("must look like amqp://user:password@host:5672/vhost or amqps://…")]
pub struct BadBrokerUrl;

impl BrokerUrl {
    /// Where and how to connect.
    ///
    /// # Errors
    /// Never for a URL that was made by this type.
    pub(crate) fn uri(&self) -> Result<AMQPUri, BadBrokerUrl> {
        self.0.expose_secret().parse().map_err(|_| BadBrokerUrl)
    }
}

impl TryFrom<String> for BrokerUrl {
    type Error = BadBrokerUrl;

    fn try_from(text: String) -> Result<Self, BadBrokerUrl> {
        let url = Self(text.into());
        url.uri().map(|_| url)
    }
}

impl FromStr for BrokerUrl {
    type Err = BadBrokerUrl;

    fn from_str(text: &str) -> Result<Self, BadBrokerUrl> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_cannot_be_is_told_without_the_password() {
        for url in [
            "http://user:s3cret@host",
            "amqp:s3cret",
            "s3cret",
            "amqp://user:s3cret@host:99999",
        ] {
            let error = url.parse::<BrokerUrl>().unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
        let url: BrokerUrl = "amqps://user:s3cret@host".parse().unwrap();
        assert!(!format!("{url:?}").contains("s3cret"));
    }

    #[test]
    fn names_on_the_broker_are_plain() {
        let mut section = BrokerSettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        for bad in ["", "a b", "a#", "ä", &"a".repeat(101)] {
            bad.clone_into(&mut section.namespace);
            assert_eq!(SettingProblems::of(&section).len(), 1, "{bad}");
        }
        section = BrokerSettings::defaults();
        section.prefetch = 0;
        assert_eq!(SettingProblems::of(&section)[0].key, "broker.prefetch");
    }
}

//! Values of `[mail]` that are more than text. They are checked when they are read.

use std::str::FromStr;

use domain::{mail::SET_PASSWORD_PATH, secret::Token};
use lettre::{
    AsyncSmtpTransport, Tokio1Executor, address::AddressError, message::Mailbox,
    transport::smtp::AsyncSmtpTransportBuilder,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What stands for the token in `mail.set_password_url`.
const TOKEN: &str = "{token}";

/// The text does not work as a value of `[mail]`. Never shows the value of `url`: it may hold a
/// password.
#[derive(Debug, thiserror::Error)]
pub enum BadMailValue {
    #[error(
        "must look like smtps://user:password@host:465 or smtp://user:password@host:587?tls=required, \
         with special characters of user and password percent-encoded"
    )]
    Url,
    #[error("must be an address, or \"Name <address>\" ({0})")]
    From(AddressError),
    #[error("must contain {TOKEN}")]
    LinkWithoutToken,
    #[error("must be an http or https URL")]
    Link,
}

/// The mail server: `smtp://…` or `smtps://…`. It may hold a password.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct MailUrl(SecretString);

impl MailUrl {
    /// How to connect. Fails only for text that this type refuses.
    pub(super) fn connect(&self) -> Result<AsyncSmtpTransportBuilder, BadMailValue> {
        AsyncSmtpTransport::<Tokio1Executor>::from_url(self.0.expose_secret())
            .map_err(|_| BadMailValue::Url)
    }
}

impl FromStr for MailUrl {
    type Err = BadMailValue;

    fn from_str(text: &str) -> Result<Self, BadMailValue> {
        let url = Self(text.into());
        url.connect().map(|_| url)
    }
}

/// Who mails are from: an address, or `Name <address>`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct MailFrom(pub(super) Mailbox);

impl FromStr for MailFrom {
    type Err = BadMailValue;

    fn from_str(text: &str) -> Result<Self, BadMailValue> {
        text.trim().parse().map(Self).map_err(BadMailValue::From)
    }
}

/// The page on which a password is set, with `{token}` in its URL.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct PasswordLink(String);

impl PasswordLink {
    /// The link that holds a token.
    pub(super) fn with(&self, token: &Token) -> String {
        self.0.replace(TOKEN, token.expose())
    }

    /// The page that the API serves.
    ///
    /// # Errors
    /// [`BadMailValue::Link`] when `public_url` is not an http or https URL.
    pub(super) fn below(public_url: &str) -> Result<Self, BadMailValue> {
        format!("{public_url}{SET_PASSWORD_PATH}?token={TOKEN}").parse()
    }
}

impl FromStr for PasswordLink {
    type Err = BadMailValue;

    fn from_str(text: &str) -> Result<Self, BadMailValue> {
        if !text.contains(TOKEN) {
            return Err(BadMailValue::LinkWithoutToken);
        }
        match url::Url::parse(&text.replace(TOKEN, "token")) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(BadMailValue::Link),
        }
    }
}

macro_rules! try_from_text {
    ($($name:ident)+) => {$(
        impl TryFrom<String> for $name {
            type Error = BadMailValue;

            fn try_from(text: String) -> Result<Self, BadMailValue> {
                text.parse()
            }
        }
    )+};
}

try_from_text! { MailUrl MailFrom PasswordLink }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_told_without_the_password() {
        for bad in [
            "http://localhost",
            "smtp://user:s3cret@host:99999",
            "smtp://user:s3cret@host?tls=maybe",
        ] {
            let error = bad.parse::<MailUrl>().unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
        let url: MailUrl = "smtp://user:s3cret@127.0.0.1:2525".parse().unwrap();
        assert!(!format!("{url:?}").contains("s3cret"));
        assert!("nobody".parse::<MailFrom>().is_err());
    }

    #[test]
    fn links_hold_the_token() {
        let link: PasswordLink = "https://app.example.org/set#token={token}&x=1"
            .parse()
            .unwrap();
        let token = Token::from_text("abc");
        assert_eq!(
            link.with(&token),
            "https://app.example.org/set#token=abc&x=1"
        );
        let link = PasswordLink::below("http://127.0.0.1:8080").unwrap();
        assert_eq!(
            link.with(&token),
            "http://127.0.0.1:8080/set-password?token=abc"
        );
        for bad in ["https://app.example.org/set", "javascript:alert({token})"] {
            assert!(bad.parse::<PasswordLink>().is_err(), "{bad}");
        }
    }
}

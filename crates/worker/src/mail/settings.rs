//! What an operator says about mails, and what is made of it.

mod section;
mod values;

use std::{fmt, sync::Arc, time::Duration};

use domain::{outbound::retry::Schedule, secret::Token};
use lettre::{message::Mailbox, transport::smtp::AsyncSmtpTransportBuilder};

pub use section::MailSettings;
pub use values::{BadMailValue, MailFrom, MailUrl, PasswordLink};

use super::template::{BadTemplates, Templates};

/// The section cannot work: its check has said so before.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    #[error("mail.from is required if mail.url is set")]
    NoSender,
    #[error("mail.templates_dir cannot be used: {0}")]
    Templates(#[from] BadTemplates),
    #[error(transparent)]
    Value(#[from] BadMailValue),
}

/// Everything that mailing needs. Cheap to clone.
#[derive(Clone)]
pub struct Mail {
    pub(super) server: Option<Arc<Server>>,
    pub(super) templates: Arc<Templates>,
    pub(super) site_name: Arc<str>,
    set_password_url: PasswordLink,
    pub(super) token_ttl: Duration,
    pub(super) timeout: Duration,
    pub(super) max_in_flight: usize,
    pub(super) schedule: Schedule,
}

/// Where mails go, and who they are from.
pub(super) struct Server {
    pub(super) connect: AsyncSmtpTransportBuilder,
    pub(super) from: Mailbox,
}

impl Mail {
    /// Reads the templates; connects to nothing yet. Links lead to the API's page below
    /// `public_url` unless `mail.set_password_url` says otherwise.
    ///
    /// # Errors
    /// [`MailSettingsError`] names the key.
    pub fn new(settings: MailSettings, public_url: &str) -> Result<Self, MailSettingsError> {
        Ok(Self {
            server: Server::new(&settings)?.map(Arc::new),
            templates: Arc::new(Templates::load(settings.templates_dir.as_deref())?),
            site_name: one_line(&settings.site_name).into(),
            set_password_url: match settings.set_password_url {
                Some(link) => link,
                None => PasswordLink::below(public_url)?,
            },
            token_ttl: settings.token_hours.duration(),
            timeout: settings.timeout_seconds.duration(),
            max_in_flight: settings.max_in_flight,
            schedule: Schedule::new(settings.retry_seconds),
        })
    }

    /// The link that holds a token.
    pub(super) fn link(&self, token: &Token) -> String {
        self.set_password_url.with(token)
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("server", &self.server.is_some())
            .field("site_name", &self.site_name)
            .finish_non_exhaustive()
    }
}

impl Server {
    fn new(settings: &MailSettings) -> Result<Option<Self>, MailSettingsError> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let Some(from) = settings.from.clone() else {
            return Err(MailSettingsError::NoSender);
        };
        Ok(Some(Self {
            connect: url.connect()?,
            from: from.0,
        }))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use domain::settings::Section;

    use super::*;

    #[test]
    fn links_hold_the_token_and_secrets_are_not_shown() {
        let settings = MailSettings {
            url: Some("smtp://user:s3cret@127.0.0.1:2525".parse().unwrap()),
            from: Some("Hookyard <hello@example.org>".parse().unwrap()),
            site_name: " The  Yard ".into(),
            set_password_url: Some("https://app.example.org/set#token={token}".parse().unwrap()),
            ..MailSettings::defaults()
        };
        let mail = Mail::new(settings.clone(), "http://127.0.0.1:8080").unwrap();
        let token = Token::from_text("abc");
        assert_eq!(mail.link(&token), "https://app.example.org/set#token=abc");
        assert_eq!(&*mail.site_name, "The Yard");
        assert!(!format!("{mail:?}").contains("s3cret"));

        let unset = Mail::new(MailSettings::defaults(), "http://127.0.0.1:8080").unwrap();
        assert_eq!(
            unset.link(&token),
            "http://127.0.0.1:8080/set-password?token=abc"
        );
        assert!(unset.server.is_none());
        let nobody = MailSettings {
            from: None,
            ..settings
        };
        assert!(matches!(
            Mail::new(nobody, "http://127.0.0.1:8080"),
            Err(MailSettingsError::NoSender)
        ));
    }
}

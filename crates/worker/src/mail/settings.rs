//! What an operator says about mails, and what of it is usable.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use domain::{outbound::retry::Schedule, secret::Token};
use lettre::{
    AsyncSmtpTransport, Tokio1Executor, address::AddressError, message::Mailbox,
    transport::smtp::AsyncSmtpTransportBuilder,
};
use secrecy::{ExposeSecret, SecretString};

use super::template::Templates;

/// What stands for the token in `mail.set_password_url`.
const TOKEN: &str = "{token}";
const MAX_TOKEN_HOURS: u64 = 24 * 366;
const MAX_TIMEOUT_SECONDS: u64 = 3600;
const MAX_IN_FLIGHT: u64 = 1000;

/// The keys of `[mail]`, as they are configured.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// `smtp://user:password@host:587?tls=required`, `smtps://…`; `None`: mails are skipped.
    pub url: Option<SecretString>,
    /// Whom mails are from: an address, or `Name <address>`.
    pub from: Option<String>,
    pub site_name: String,
    /// The page on which a password is set, with `{token}` in it.
    pub set_password_url: String,
    /// Files that replace the built-in texts.
    pub templates_dir: Option<PathBuf>,
    /// How long a link works.
    pub token_ttl: Duration,
    /// How long one mail may take.
    pub timeout: Duration,
    /// Mails under way at once.
    pub max_in_flight: usize,
    /// Seconds after the previous try, for each further try.
    pub retry_seconds: Vec<u32>,
}

/// A key of `[mail]` has a value that cannot work.
#[derive(Debug, thiserror::Error)]
#[error("mail.{key} {why}")]
pub struct MailSettingsError {
    key: &'static str,
    why: String,
}

impl MailSettingsError {
    pub(super) fn new(key: &'static str, why: impl fmt::Display) -> Self {
        Self {
            key,
            why: why.to_string(),
        }
    }
}

/// Everything that mailing needs, checked. Cheap to clone.
#[derive(Clone)]
pub struct Mail {
    pub(super) server: Option<Arc<Server>>,
    pub(super) templates: Arc<Templates>,
    pub(super) site_name: Arc<str>,
    set_password_url: Arc<str>,
    pub(super) token_ttl: Duration,
    pub(super) timeout: Duration,
    pub(super) max_in_flight: usize,
    pub(super) schedule: Schedule,
}

/// Where mails go, and whom they are from.
pub(super) struct Server {
    pub(super) connect: AsyncSmtpTransportBuilder,
    pub(super) from: Mailbox,
}

impl Mail {
    /// Checks settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`MailSettingsError`] names the key.
    pub fn new(settings: MailSettings) -> Result<Self, MailSettingsError> {
        let MailSettings {
            url,
            from,
            site_name,
            set_password_url,
            templates_dir,
            token_ttl,
            timeout,
            max_in_flight,
            ..
        } = settings;
        check_link(&set_password_url)?;
        let site_name = site_name.split_whitespace().collect::<Vec<_>>().join(" ");
        if site_name.is_empty() {
            return Err(MailSettingsError::new("site_name", "must not be empty"));
        }
        for (key, value, most) in [
            ("token_hours", token_ttl.as_secs() / 3600, MAX_TOKEN_HOURS),
            ("timeout_seconds", timeout.as_secs(), MAX_TIMEOUT_SECONDS),
            ("max_in_flight", max_in_flight as u64, MAX_IN_FLIGHT),
        ] {
            if !(1..=most).contains(&value) {
                return Err(MailSettingsError::new(key, format!("must be 1 to {most}")));
            }
        }
        Ok(Self {
            server: server(url.as_ref(), from.as_deref())?.map(Arc::new),
            templates: Arc::new(Templates::load(templates_dir.as_deref())?),
            site_name: site_name.into(),
            set_password_url: set_password_url.into(),
            token_ttl,
            timeout,
            max_in_flight,
            schedule: Schedule::new(settings.retry_seconds),
        })
    }

    /// The link that holds a token.
    pub(super) fn link(&self, token: &Token) -> String {
        self.set_password_url.replace(TOKEN, token.expose())
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

/// Never shows what `url` is: it may hold a password.
fn server(
    url: Option<&SecretString>,
    from: Option<&str>,
) -> Result<Option<Server>, MailSettingsError> {
    let from = from.map(|from| from.trim().parse::<Mailbox>()).transpose();
    let from = from.map_err(|error: AddressError| {
        MailSettingsError::new(
            "from",
            format!("must be an address, or \"Name <address>\" ({error})"),
        )
    })?;
    let Some(url) = url else { return Ok(None) };
    let Some(from) = from else {
        return Err(MailSettingsError::new(
            "from",
            "must be set when mail.url is",
        ));
    };
    let connect = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(|_| {
        MailSettingsError::new(
            "url",
            "must look like smtps://user:password@host:465 or smtp://user:password@host:587?tls=required, \
             with special characters of user and password percent-encoded",
        )
    })?;
    Ok(Some(Server { connect, from }))
}

fn check_link(url: &str) -> Result<(), MailSettingsError> {
    let wrong = |why| Err(MailSettingsError::new("set_password_url", why));
    if !url.contains(TOKEN) {
        return wrong("must have {token} in it");
    }
    match url::Url::parse(&url.replace(TOKEN, "token")) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some() => {
            Ok(())
        }
        _ => wrong("must be an http or https URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MailSettings {
        MailSettings {
            url: Some("smtp://user:s3cret@127.0.0.1:2525".to_owned().into()),
            from: Some("Hookyard <hello@example.org>".into()),
            site_name: " The  Yard ".into(),
            set_password_url: "https://app.example.org/set#token={token}&x=1".into(),
            templates_dir: None,
            token_ttl: Duration::from_secs(24 * 3600),
            timeout: Duration::from_secs(30),
            max_in_flight: 4,
            retry_seconds: vec![60],
        }
    }

    #[test]
    fn links_hold_the_token_and_secrets_are_not_shown() {
        let mail = Mail::new(settings()).unwrap();
        assert_eq!(
            mail.link(&Token::from_text("abc")),
            "https://app.example.org/set#token=abc&x=1"
        );
        assert_eq!(&*mail.site_name, "The Yard");
        assert!(!format!("{mail:?}").contains("s3cret"));
        let none = Mail::new(MailSettings {
            url: None,
            from: None,
            ..settings()
        })
        .unwrap();
        assert!(none.server.is_none());
    }

    #[test]
    fn what_cannot_work_is_named() {
        type Change = fn(&mut MailSettings);
        let cases: [(&str, Change); 15] = [
            ("mail.url ", |s| {
                s.url = Some("http://localhost".to_owned().into())
            }),
            ("mail.url ", |s| {
                s.url = Some("smtp://user:s3cret@host:99999".to_owned().into())
            }),
            ("mail.url ", |s| {
                s.url = Some("smtp://host?tls=maybe".to_owned().into())
            }),
            ("mail.from ", |s| s.from = None),
            ("mail.from ", |s| s.from = Some("nobody".into())),
            ("mail.site_name ", |s| s.site_name = " \n".into()),
            ("mail.set_password_url ", |s| {
                s.set_password_url = "https://app.example.org/set".into()
            }),
            ("mail.set_password_url ", |s| {
                s.set_password_url = "javascript:alert({token})".into()
            }),
            ("mail.templates_dir ", |s| {
                s.templates_dir = Some("/no/such/folder".into())
            }),
            ("mail.token_hours ", |s| s.token_ttl = Duration::ZERO),
            ("mail.timeout_seconds ", |s| s.timeout = Duration::ZERO),
            ("mail.max_in_flight ", |s| s.max_in_flight = 0),
            ("mail.token_hours ", |s| {
                s.token_ttl = Duration::from_secs(3600) * u32::MAX
            }),
            ("mail.timeout_seconds ", |s| {
                s.timeout = Duration::from_secs(u64::MAX)
            }),
            ("mail.max_in_flight ", |s| s.max_in_flight = usize::MAX),
        ];
        for (key, change) in cases {
            let mut settings = settings();
            change(&mut settings);
            let error = Mail::new(settings).unwrap_err().to_string();
            assert!(
                error.starts_with(key) && !error.contains("s3cret"),
                "{key}: {error}"
            );
        }
    }
}

//! Whether the mail server accepts mails.

use domain::Email;

use super::{super::mail, Finding, Flaw};
use crate::config::Config;

/// Connects and logs in.
pub(super) async fn check(config: &Config) -> Finding {
    let mail = match mail::configured(config) {
        Ok((mail, _)) => mail,
        Err(error) => return Flaw::found(error, "correct the key"),
    };
    let Some(smtp) = mail.smtp() else {
        return Ok("none is configured: mails are logged as skipped".into());
    };
    match smtp.check().await {
        Ok(()) => Ok("answers and accepts the login".into()),
        Err(error) => Flaw::found(
            error,
            "start the mail server, or correct mail.url (address, user, password, ?tls=required)",
        ),
    }
}

/// Sends a mail.
pub(super) async fn send(config: &Config, to: &Email) -> Finding {
    match mail::send_sample(config, to).await {
        Ok(()) => Ok(format!("accepted for {to}; see whether it arrives")),
        Err(error) => Flaw::found(
            error,
            "read what the mail server says; it may refuse mail.from",
        ),
    }
}

//! Whether the mail server accepts mails, and whether the links in them lead somewhere.

use domain::{Email, mail::SET_PASSWORD_PATH};
use storage::{Db, PageStart, Window, incoming_webhooks};

use super::{super::mail, Finding, Flaw, database::LOOK_AT_IT};
use crate::config::Config;

/// Connects and logs in. Without a server, nobody may be waiting for a mail.
pub(super) async fn check(config: &Config, db: Option<&Db>) -> Finding {
    let mail = match mail::configured(config) {
        Ok((mail, _)) => mail,
        Err(error) => return Flaw::found(error, "correct the key"),
    };
    let Some(smtp) = mail.smtp() else {
        return match db {
            Some(db) => missed(db).await,
            None => none_is_needed(),
        };
    };
    match smtp.check().await {
        Ok(()) => Ok("answers and accepts the login".into()),
        Err(error) => Flaw::found(
            error,
            "start the mail server, or correct mail.url (address, user, password, ?tls=required)",
        ),
    }
}

fn none_is_needed() -> Finding {
    Ok("none is configured: mails are logged as skipped".into())
}

/// There is no server: whether an incoming webhook welcomes new users all the same.
async fn missed(db: &Db) -> Finding {
    match welcoming(db).await {
        Ok(0) => none_is_needed(),
        Ok(webhooks) => Flaw::doubt(
            format!(
                "none is configured, but {webhooks} incoming webhook(s) welcome new users by mail"
            ),
            "set mail.url and mail.from, or turn send_welcome_email off",
        ),
        Err(error) => Flaw::found(error, LOOK_AT_IT),
    }
}

/// How many enabled incoming webhooks send welcome mails.
async fn welcoming(db: &Db) -> storage::Result<usize> {
    let enabled = incoming_webhooks::IncomingWebhookFilter {
        enabled: Some(true),
        search: None,
    };
    let (mut count, mut from) = (0, None);
    loop {
        let window = Window { limit: 100, from };
        let page = incoming_webhooks::list(&mut db.read().await?, &enabled, &window).await?;
        let specs = page.rows.iter().filter_map(|row| row.spec.get().ok());
        count += specs.filter(|spec| spec.send_welcome_email).count();
        match page.rows.last() {
            Some(last) if page.has_next => from = Some(PageStart::After(last.id.uuid())),
            _ => return Ok(count),
        }
    }
}

/// Links lead to the configured page or to Hookyard's own, which recipients have to reach.
pub(super) fn links(config: &Config) -> Finding {
    if config.mail.set_password_url.is_some() {
        return Ok("lead to mail.set_password_url".into());
    }
    let page = match config.public_url(config.server.listen.as_str()) {
        Ok(url) => format!("{url}{}", SET_PASSWORD_PATH),
        Err(error) => return Flaw::found(error, "correct the key"),
    };
    if config.server.public_url.is_some() {
        return Ok(format!("lead to Hookyard's own page, {page}"));
    }
    Flaw::doubt(
        format!("lead to {page}, which only this machine and its network may reach"),
        "set server.public_url to the address at which others reach this API, or \
         mail.set_password_url to a page of your own",
    )
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

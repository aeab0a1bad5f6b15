//! `hookyard mail`: whether mails arrive.

use api::PublicUrl;
use domain::{Email, id::MailId};
use worker::{Addressee, Mail, MailMessage, Topic};

use crate::{
    cli::MailCommand,
    config::Config,
    exit::{CommandError, usage},
    output::say,
};

pub(super) async fn run(config: &Config, command: MailCommand) -> Result<(), CommandError> {
    let MailCommand::Test { to } = command;
    let to = Email::parse(&to).map_err(|error| usage(format!("--to {to}: {error}")))?;
    send_sample(config, &to).await?;
    say!("the mail server has accepted a mail to {to}")?;
    Ok(())
}

/// Mailing as it is configured, and the address that links lead to.
pub(super) fn configured(config: &Config) -> Result<(Mail, PublicUrl), CommandError> {
    let public_url = config.public_url(config.server.listen.as_str())?;
    let mail = Mail::new(config.mail.clone(), public_url.as_str())?;
    Ok((mail, public_url))
}

/// Sends the mail of the `test` template at once, past the queue.
pub(super) async fn send_sample(config: &Config, to: &Email) -> Result<(), CommandError> {
    let (mail, public_url) = configured(config)?;
    let smtp = mail.smtp().ok_or_else(|| usage("mail.url is not set"))?;
    let message = MailMessage {
        topic: Topic::Test,
        to: &Addressee::at(to.as_str()),
        link: public_url.as_str(),
        id: &MailId::generate().to_string(),
    };
    Ok(smtp.send(&mail, &message).await?)
}

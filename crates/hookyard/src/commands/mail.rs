//! `hookyard mail`: whether mails arrive.

use domain::Email;
use worker::{Addressee, MailMessage, Topic};

use crate::{
    cli::Mail,
    config::Config,
    exit::{Failure, usage},
};

pub(super) async fn run(config: &Config, command: Mail) -> Result<(), Failure> {
    let Mail::Test { to } = command;
    let to = Email::parse(&to).map_err(|error| usage(format!("--to {to}: {error}")))?;
    send_test(config, &to).await?;
    println!("the mail server has accepted a mail to {to}");
    Ok(())
}

/// Sends the mail of the `test` template at once, past the queue.
pub(super) async fn send_test(config: &Config, to: &Email) -> Result<(), Failure> {
    let public_url = config.public_url(&config.server.listen);
    let mail = config.mail(&public_url)?;
    let smtp = mail.smtp().ok_or_else(|| usage("mail.url is not set"))?;
    let (to, id) = (
        Addressee::at(to.as_str()),
        domain::id::MailId::generate().to_string(),
    );
    Ok(smtp
        .send(
            &mail,
            &MailMessage {
                topic: Topic::Test,
                to: &to,
                link: &public_url,
                id: &id,
            },
        )
        .await?)
}

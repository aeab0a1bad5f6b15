//! Mails: rows that say what a mail is about and to whom it goes become messages at an SMTP server.
//!
//! No secret is ever queued: the token of a link is made when its mail is sent, and only its hash
//! is stored. A mail is recorded as sent after the server has accepted it; a crash between the two
//! repeats the mail.

mod addressee;
mod job;
mod mailer;
mod message;
mod settings;
mod smtp;
mod template;

pub use addressee::Addressee;
pub use message::MailMessage;
pub use settings::{
    BadMailValue, Mail, MailFrom, MailSettings, MailSettingsError, MailUrl, PasswordLink,
};
pub use smtp::{NotSent, SmtpTransport};
pub use template::{BadTemplates, Topic};

pub(crate) use mailer::Mailer;

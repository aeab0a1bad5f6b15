//! A mail, as other people's parser reads it.

use mail_parser::{Address, MessageParser};

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's.
    pub recipients: Vec<String>,
    /// Of the header To: name and address.
    pub to: (Option<String>, String),
    /// Of the header From.
    pub from: (Option<String>, String),
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
    pub content_type: String,
    /// As it came.
    pub raw: String,
}

impl Mail {
    /// The token of the link in the text.
    ///
    /// # Panics
    /// When there is none.
    pub fn token(&self) -> String {
        let link = self
            .text
            .lines()
            .find(|line| line.contains("token="))
            .unwrap_or_else(|| panic!("no link: {}", self.text));
        link.rsplit("token=")
            .next()
            .expect("a last part")
            .trim()
            .to_owned()
    }
}

pub(super) fn parse(recipients: &[String], data: &[u8]) -> Mail {
    let message = MessageParser::default().parse(data).expect("a message");
    let body = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().into_owned();
    Mail {
        recipients: recipients.to_vec(),
        to: person(message.to()),
        from: person(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body(message.body_text(0)),
        html: body(message.body_html(0)),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        content_type: message
            .header_raw("Content-Type")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        raw: String::from_utf8_lossy(data).into_owned(),
    }
}

fn person(address: Option<&Address<'_>>) -> (Option<String>, String) {
    let first = address.and_then(Address::first).expect("somebody");
    (
        first.name().map(str::to_owned),
        first.address().unwrap_or_default().to_owned(),
    )
}

//! One message: addresses, headers, a part of text and one of HTML.

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{
    addressee::Addressee,
    settings::{Mail, Server},
    template::{TemplateFacts, Topic},
};

/// What is written to somebody.
pub struct MailMessage<'a> {
    pub topic: Topic,
    pub to: &'a Addressee,
    /// With the token in it; empty when the topic has none.
    pub link: &'a str,
    /// Unique, and the same for every try: what stands before the `@` of the Message-ID.
    pub id: &'a str,
}

impl MailMessage<'_> {
    /// Renders and composes it.
    pub(super) fn compose(&self, mail: &Mail, server: &Server) -> Result<Message, String> {
        let hours = mail.token_ttl.as_secs() / 3600;
        let facts = TemplateFacts {
            user: self.to,
            link: self.link,
            hours,
            site_name: &mail.site_name,
        };
        let texts = mail.templates.render(self.topic, &facts)?;
        let address: Address = self
            .to
            .email
            .parse()
            .map_err(|_| "the address cannot be written to".to_owned())?;
        let name = Some(self.to.display_name.clone()).filter(|name| !name.is_empty());
        let from = server.from.clone();
        let domain = from.email.domain().to_owned();
        // RFC 3834: nobody is to answer it automatically.
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        );
        Message::builder()
            .from(from)
            .to(Mailbox::new(name, address))
            .subject(texts.subject)
            .message_id(Some(format!("<{}@{domain}>", self.id)))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(texts.text, texts.html))
            .map_err(|error| error.to_string())
    }
}

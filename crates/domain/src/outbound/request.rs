//! What is sent: the envelope of an event, the payload of a delivery, and the request that carries
//! it.

mod envelope;
mod error;
mod payload;

pub use envelope::{Envelope, webhook_id};
pub use error::{MAX_GET_URL, MAX_PAYLOAD, RequestError};
pub use payload::{Payload, render_payload};

use url::Url;

use super::{
    form::append_query,
    template::{Template, TemplateError},
};
use crate::words::words;

words! {
    /// A feed's HTTP method.
    Method { Get = "GET", Post = "POST", Put = "PUT", Patch = "PATCH", Delete = "DELETE" }
}

words! {
    /// How a feed's data is written. GET writes it as form pairs in both.
    Format { Json = "json", Form = "form" }
}

/// What of an event a feed sends, ready to render.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyMode {
    /// The envelope with all data.
    All,
    /// A flat object: keys and the templates of their values, in order.
    Selected(Vec<(String, Template)>),
}

impl BodyMode {
    /// Selected fields, from their keys and the texts of their templates.
    ///
    /// # Errors
    /// The first template that cannot be read.
    pub fn selected<'a>(
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, TemplateError> {
        let fields = fields
            .into_iter()
            .map(|(key, source)| Ok((key.to_owned(), Template::parse(source)?)));
        fields.collect::<Result<_, _>>().map(Self::Selected)
    }
}

impl Method {
    /// Whether the payload is the body; otherwise it is in the query.
    pub const fn has_body(self) -> bool {
        !matches!(self, Self::Get)
    }
}

/// A payload on its way to a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTarget<'a> {
    /// With a GET's pairs in its query.
    pub url: Url,
    /// `None` for GET, and then there is no `Content-Type` either.
    pub body: Option<&'a [u8]>,
}

impl RequestTarget<'_> {
    /// What the signature covers: the body, or the whole query string as it is sent, empty when
    /// there is none.
    pub fn signed(&self) -> &[u8] {
        self.body
            .unwrap_or_else(|| self.url.query().unwrap_or("").as_bytes())
    }
}

impl Payload {
    /// Where and how the payload goes, for the URL that the feed has at this attempt.
    ///
    /// # Errors
    /// [`RequestError::UrlTooLong`] for a GET beyond [`MAX_GET_URL`].
    pub fn target(&self, url: &Url) -> Result<RequestTarget<'_>, RequestError> {
        if self.method().has_body() {
            return Ok(RequestTarget {
                url: url.clone(),
                body: Some(self.bytes()),
            });
        }
        let pairs = std::str::from_utf8(self.bytes()).map_err(|_| RequestError::NotText)?;
        let url = append_query(url, pairs);
        if url.as_str().len() > MAX_GET_URL {
            return Err(RequestError::UrlTooLong);
        }
        Ok(RequestTarget { url, body: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_documented() {
        assert_eq!(
            serde_json::to_string(&Method::ALL).unwrap(),
            r#"["GET","POST","PUT","PATCH","DELETE"]"#
        );
        assert_eq!(
            serde_json::to_string(&Format::ALL).unwrap(),
            r#"["json","form"]"#
        );
        assert_eq!("PATCH".parse::<Method>().unwrap(), Method::Patch);
        assert!("patch".parse::<Method>().is_err());
        assert_eq!(
            Method::ALL
                .iter()
                .filter(|method| method.has_body())
                .count(),
            4
        );
    }

    #[test]
    fn a_get_carries_its_pairs_in_the_query_and_signs_all_of_it() {
        let url = Url::parse("https://a.example/x?z=1&z=2").unwrap();
        let payload = Payload::stored(Method::Get, Format::Json, b"a=1&b=%C3%A9".as_slice().into());
        let target = payload.target(&url).unwrap();
        assert_eq!(
            target.url.as_str(),
            "https://a.example/x?z=1&z=2&a=1&b=%C3%A9"
        );
        assert_eq!(target.body, None);
        assert_eq!(target.signed(), b"z=1&z=2&a=1&b=%C3%A9");
        assert_eq!(payload.content_type(), None);
    }

    #[test]
    fn other_methods_carry_a_body_and_leave_the_url_alone() {
        let url = Url::parse("https://a.example/x?z=1").unwrap();
        for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            let payload = Payload::stored(method, Format::Form, b"a=1".as_slice().into());
            let target = payload.target(&url).unwrap();
            assert_eq!(
                (target.url.as_str(), target.body, target.signed()),
                (url.as_str(), Some(&b"a=1"[..]), &b"a=1"[..])
            );
            assert_eq!(
                payload.content_type(),
                Some("application/x-www-form-urlencoded")
            );
        }
    }

    #[test]
    fn the_url_of_a_get_is_bounded() {
        let url = Url::parse("https://a.example/").unwrap();
        let of =
            |bytes: usize| Payload::stored(Method::Get, Format::Form, vec![b'a'; bytes].into());
        let room = MAX_GET_URL - url.as_str().len() - 1;
        assert!(of(room).target(&url).is_ok());
        assert_eq!(
            of(room + 1).target(&url).unwrap_err(),
            RequestError::UrlTooLong
        );
        assert!(
            Payload::stored(Method::Get, Format::Form, vec![0xff].into())
                .target(&url)
                .is_err()
        );
    }
}

//! The request that a feed would make.

use domain::{
    FieldError,
    event::Event,
    feed::sending::{Request, RequestHeader},
    outbound::request::Method,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::delivery::{MAX_BODY, NameValue, first, masked_signatures};
use crate::{problem::FieldProblem, schema};

/// The request that a feed would make of an event. What cannot be made of it is null, and `errors`
/// say why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedPreview)]
pub(crate) struct FeedPreviewView {
    #[schema(example = "order.paid")]
    event_type: String,
    /// Whether the feed listens to this type.
    listens: bool,
    /// Whether the feed's condition holds for this event; true without one, null when it cannot be
    /// evaluated.
    #[schema(required)]
    condition_holds: Option<bool>,
    #[schema(schema_with = schema::method)]
    method: Method,
    /// With the data in its query for GET; null for a draft without a URL.
    #[schema(required)]
    url: Option<String>,
    /// As they would be sent; values of secret headers are masked. So is the signature, unless the
    /// API key has the scope `feeds:secrets` and the feed is saved. `Host` and `Content-Length`
    /// come with the connection.
    #[schema(required)]
    headers: Option<Vec<NameValue>>,
    /// At most the first 64 KiB; null for GET.
    #[schema(required)]
    body: Option<String>,
    /// Whether the body is longer than what is shown.
    truncated: bool,
    /// What is signed: `id.timestamp.body`, for GET with the query in the place of the body; at
    /// most the first 64 KiB.
    #[schema(required)]
    signed_content: Option<String>,
    /// What is wrong, with pointers into the feed.
    #[schema(value_type = Vec<FieldProblem>)]
    errors: Vec<FieldError>,
}

/// A request and how much of it may be seen.
pub(crate) struct Shown<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) signed: &'a [u8],
    pub(crate) has_url: bool,
    pub(crate) shows_signature: bool,
}

impl FeedPreviewView {
    /// A preview without a request yet.
    pub(crate) fn new(
        method: Method,
        event: &Event,
        listens: bool,
        condition_holds: Option<bool>,
    ) -> Self {
        Self {
            event_type: event.kind.clone(),
            listens,
            condition_holds,
            method,
            url: None,
            headers: None,
            body: None,
            truncated: false,
            signed_content: None,
            errors: Vec::new(),
        }
    }

    /// Shows the request.
    pub(crate) fn show(&mut self, shown: Shown<'_>) {
        let Shown {
            request,
            signed,
            has_url,
            shows_signature,
        } = shown;
        self.url = has_url.then(|| request.url.to_string());
        let header = |header: &RequestHeader| {
            let is_signature = header.name == "webhook-signature" && !shows_signature;
            let value = if is_signature {
                masked_signatures(&header.value)
            } else {
                header.shown().to_owned()
            };
            NameValue {
                name: header.name.clone(),
                value,
            }
        };
        self.headers = Some(request.headers.iter().map(header).collect());
        self.body = request.body.map(first);
        self.truncated = request.body.is_some_and(|body| body.len() > MAX_BODY);
        self.signed_content = Some(first(signed));
    }

    /// Adds what is wrong.
    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

//! The guarded client: the only way a request leaves Hookyard. It goes to vetted addresses only, follows nothing, uses no proxy,
//! and neither time nor memory can be taken from it beyond its limits.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use domain::{
    delivery::{AttemptError, Field, Response},
    outbound::{guard::Guard, request::Method},
};
use url::Url;

/// A request that is ready to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: Method,
    /// With a GET's pairs in its query.
    pub url: Url,
    /// In the order in which they are sent; `Host` and `Content-Length` are added by the client.
    pub headers: Vec<Header>,
    pub body: Option<Bytes>,
    /// For everything: name, connection, TLS, request, answer and its body.
    pub timeout: Duration,
}

/// A header of a request.
#[derive(Debug, Clone)]
pub struct Header {
    pub name: String,
    pub value: String,
    /// Whether the value must not be shown or logged.
    pub secret: bool,
}

/// What came of sending a request.
#[derive(Debug)]
pub struct Exchange {
    /// From the first look at the URL to the last byte that was read.
    pub duration: Duration,
    /// Where the answer came from.
    pub remote_address: Option<SocketAddr>,
    pub result: Result<Response, AttemptError>,
    /// The answer's first `Retry-After` header.
    pub retry_after: Option<String>,
}

/// One for each process; cheap to clone, all clones share their connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    guard: Guard,
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct SetupError(String);

impl Client {
    /// A client that reaches the public internet and what the guard opens beside it.
    ///
    /// # Errors
    /// [`SetupError`] when TLS cannot be set up.
    pub fn new(guard: Guard) -> Result<Self, SetupError> {
        todo!()
    }

    /// Sends the request once, and reads the answer as far as it is kept.
    pub async fn send(&self, request: &Outgoing) -> Exchange {
        todo!()
    }
}

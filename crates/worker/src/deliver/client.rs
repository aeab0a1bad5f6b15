//! The guarded client: the only way a request leaves Hookyard. It goes to vetted addresses only,
//! follows nothing, uses no proxy, and neither time nor memory can be taken from it beyond its
//! limits.

mod answer;
mod failure;
mod resolver;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::{
    delivery::{AttemptError, ReceivedResponse},
    feed::sending::RequestHeader,
    outbound::{
        guard::Guard,
        request::{MAX_GET_URL, Method},
        retry::AttemptErrorCode,
    },
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// For the name, the connection and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than what common servers wait, so that it is seldom the server that closes a connection
/// which is just taken up again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Idle connections kept for one receiver.
const IDLE_PER_HOST: usize = 64;
/// A dead HTTP/2 connection with requests on it is given up after twice this time.
const PING: Duration = Duration::from_secs(10);
/// Most bytes of an HTTP/2 answer's head. HTTP/1.1 has a limit of its own in hyper: 100 headers,
/// about 400 KiB.
const MAX_HEAD: u32 = 64 * 1024;

/// A request that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// With a GET's pairs in its query.
    pub(crate) url: Url,
    /// In the order in which they are sent; `Host` and `Content-Length` are added by the client.
    pub(crate) headers: Vec<RequestHeader>,
    pub(crate) body: Option<Bytes>,
    /// For everything: name, connection, TLS, request, answer and its body.
    pub(crate) timeout: Duration,
}

/// What came of sending a request.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// From the first look at the URL to the last byte that was read.
    pub(crate) duration: Duration,
    /// Where the answer came from.
    pub(crate) remote_address: Option<SocketAddr>,
    pub(crate) result: Result<ReceivedResponse, AttemptError>,
    /// The answer's first `Retry-After` header.
    pub(crate) retry_after: Option<String>,
}

/// One for each process; cheap to clone, all clones share their connections.
#[derive(Clone)]
pub(crate) struct Client {
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
    pub(crate) fn new(guard: Guard) -> Result<Self, SetupError> {
        let tls = tls::config().map_err(|error| SetupError(error.to_string()))?;
        Self::with_tls(guard, tls)
    }

    fn with_tls(guard: Guard, tls: rustls::ClientConfig) -> Result<Self, SetupError> {
        Self::with(guard.clone(), tls, resolver::Resolver::system(guard))
    }

    fn with(
        guard: Guard,
        tls: rustls::ClientConfig,
        resolver: resolver::Resolver,
    ) -> Result<Self, SetupError> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(resolver)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_max_header_list_size(MAX_HEAD)
            .build()
            .map_err(|error| SetupError(error.to_string()))?;
        Ok(Self { http, guard })
    }

    /// Sends the request once, and reads the answer as far as it is kept.
    pub(crate) async fn send(&self, request: &Outgoing) -> Exchange {
        let start = Instant::now();
        let mut head = answer::Head::default();
        let result =
            match tokio::time::timeout(request.timeout, self.exchange(request, &mut head)).await {
                Ok(result) => result,
                Err(_) => Err(failure::too_slow(request.timeout)),
            };
        Exchange {
            duration: start.elapsed(),
            remote_address: head.remote_address,
            result,
            retry_after: head.retry_after,
        }
    }

    /// What of the answer's head came before a failure stays in `head`.
    async fn exchange(
        &self,
        request: &Outgoing,
        head: &mut answer::Head,
    ) -> Result<ReceivedResponse, AttemptError> {
        self.judge(&request.url)?;
        let mut outgoing = reqwest::Request::new(method(request.method), request.url.clone());
        *outgoing.headers_mut() = headers(&request.headers)?;
        *outgoing.body_mut() = request.body.clone().map(Into::into);
        let response = self
            .http
            .execute(outgoing)
            .await
            .map_err(|error| failure::of(&error))?;
        *head = answer::Head::of(&response);
        answer::read(response)
            .await
            .map_err(|error| failure::of(&error))
    }

    /// A literal address never comes to the resolver, so the URL is judged as well, each time.
    fn judge(&self, url: &Url) -> Result<(), AttemptError> {
        if url.as_str().len() > MAX_GET_URL {
            let message = "The URL with the data in its query is too long.".to_owned();
            return Err(AttemptError {
                code: AttemptErrorCode::TooLarge,
                message,
            });
        }
        let mut bare = url.clone();
        bare.set_query(None);
        self.guard
            .judge_url(bare.as_str())
            .map(drop)
            .map_err(failure::refused)
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(from: &[RequestHeader]) -> Result<HeaderMap, AttemptError> {
    let mut headers = HeaderMap::with_capacity(from.len());
    for header in from {
        let (Ok(name), Ok(mut value)) = (
            HeaderName::try_from(&header.name),
            HeaderValue::try_from(&header.value),
        ) else {
            let message = format!(
                "The header {:?} cannot be sent: its name or value is not allowed in HTTP.",
                header.name
            );
            return Err(AttemptError {
                code: AttemptErrorCode::Protocol,
                message,
            });
        };
        // Keeps secrets out of HTTP/2's compression tables.
        value.set_sensitive(header.secret);
        headers.append(name, value);
    }
    Ok(headers)
}

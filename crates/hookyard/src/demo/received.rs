//! One request as the demo's receiver got it.

use std::fmt;

use actix_web::HttpRequest;
use domain::incoming::verification::{CallRefusal, HeaderLookup};

use super::page;

/// Headers that are shown first, in this order; after them come Hookyard's own, then the others.
const FIRST: [&str; 6] = [
    "host",
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];
/// Longest body of a request that is shown.
const SHOWN: usize = 600;

/// Whether the request is Hookyard's, as far as its receiver can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    Verified,
    Refused(CallRefusal),
    /// No feed of the demo leads to this path.
    NoSecret,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => f.write_str("signature verified"),
            Self::Refused(why) => write!(f, "signature refused: {why}"),
            Self::NoSecret => f.write_str("no secret is known for this path"),
        }
    }
}

/// A request, and how it was answered.
#[derive(Debug, Clone)]
pub(super) struct ReceivedRequest {
    method: String,
    target: String,
    pub(super) path: String,
    version: String,
    headers: Vec<(String, String)>,
    /// What the signature covers: the body, or the query of a GET.
    pub(super) signed: Vec<u8>,
    body: String,
    pub(super) proof: Proof,
    pub(super) status: u16,
}

impl HeaderLookup for ReceivedRequest {
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let same = move |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        let found: Vec<_> = self.headers.iter().filter(same).collect();
        found.into_iter().map(|(_, value)| value.as_bytes())
    }
}

impl ReceivedRequest {
    /// Not judged and not answered yet.
    pub(super) fn new(request: &HttpRequest, body: &[u8]) -> Self {
        let mut headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect();
        headers.sort_by_key(|(name, _)| (rank(name), name.clone()));
        let signed = match request.method().as_str() {
            "GET" => request.query_string().as_bytes(),
            _ => body,
        };
        Self {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            path: request.path().to_owned(),
            version: format!("{:?}", request.version()),
            headers,
            signed: signed.to_vec(),
            body: String::from_utf8_lossy(body).into_owned(),
            proof: Proof::NoSecret,
            status: 200,
        }
    }

    /// The first value of a header; empty without one.
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    /// Prints all of it, and what its receiver made of it.
    pub(super) fn show(&self) -> anyhow::Result<()> {
        let Self {
            method,
            target,
            version,
            body,
            status,
            proof,
            ..
        } = self;
        page::ruler()?;
        page::say(&format!("{method} {target} {version}"))?;
        page::fields(&self.headers)?;
        if !body.is_empty() {
            let shown: String = body.chars().take(SHOWN).collect();
            page::say("")?;
            page::say(&shown)?;
            let rest = body.chars().count().saturating_sub(SHOWN);
            if rest > 0 {
                page::say(&format!("… and {rest} more characters"))?;
            }
        }
        page::say(&format!("\n=> answered {status}; {proof}\n"))
    }

    /// The same in one line.
    pub(super) fn line(&self) -> String {
        let Self {
            method,
            path,
            status,
            proof,
            ..
        } = self;
        let event = self.header("hookyard-event");
        format!("{method} {path}  {event}  => answered {status}; {proof}")
    }
}

/// Where a header stands.
fn rank(name: &str) -> usize {
    let place = FIRST.iter().position(|first| *first == name);
    place.unwrap_or(if name.starts_with("hookyard-") {
        FIRST.len()
    } else {
        FIRST.len() + 1
    })
}

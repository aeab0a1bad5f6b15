//! A receiver of webhooks on a port of its own, which answers as it is told and remembers what it
//! got.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::{io::BufStream, net::TcpStream, sync::watch};

use crate::{
    Listener,
    http::{RawRequest, read_request, write_answer},
    wait::{PATIENCE, until},
};

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<String>,
    body: String,
    is_held: bool,
}

impl Reply {
    /// An answer with this status and a short body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: format!("answer {status}"),
            is_held: false,
        }
    }

    /// The same with a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(format!("{name}: {value}"));
        self
    }

    /// The same with another body.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// The same, but not before [`Receiver::release`].
    pub fn held(mut self) -> Self {
        self.is_held = true;
        self
    }

    async fn write(&self, stream: &mut BufStream<TcpStream>) -> std::io::Result<()> {
        let headers: Vec<_> = self.headers.iter().map(String::as_str).collect();
        // Of these statuses HTTP has no body.
        let body = match self.status {
            204 | 304 => "",
            _ => &self.body,
        };
        let status = format!("{} As the test says", self.status);
        write_answer(stream, &status, &headers, body.as_bytes()).await
    }
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// As sent, not decoded.
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

impl Received {
    fn from(raw: &RawRequest) -> Self {
        let (method, target) = raw.line();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in raw.headers() {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
            );
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers,
            body: raw.body.clone(),
            at: Instant::now(),
        }
    }

    /// Path and query.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// A header's value.
    ///
    /// # Panics
    /// When it is missing, there twice, or no text.
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(values.len(), 1, "one {name} expected in {:?}", self.headers);
        values[0].to_str().expect("a header of text")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The pairs of a form body, or without a body of the query.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let bytes = if self.body.is_empty() {
            self.query.as_deref().unwrap_or_default().as_bytes()
        } else {
            &self.body
        };
        url::form_urlencoded::parse(bytes).into_owned().collect()
    }
}

/// Which answers may go out.
#[derive(Clone, Copy, PartialEq)]
enum Gate {
    /// All but those that are held.
    Open,
    Closed,
    Released,
}

type Rule = dyn FnMut(usize, &Received) -> Reply + Send;

struct Shared {
    rule: Mutex<Box<Rule>>,
    received: Mutex<Vec<Received>>,
    gate: watch::Sender<Gate>,
}

/// The receiver. Without further words it answers 200.
pub struct Receiver {
    listener: Listener,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start() -> Self {
        Self::replying([Reply::status(200)])
    }

    /// Starts one that gives these answers one after the other, and then the last one for ever.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<_> = replies.into_iter().collect();
        Self::ruled(move |_, _| {
            let next = match replies.len() {
                0 | 1 => replies.front().cloned(),
                _ => replies.pop_front(),
            };
            next.unwrap_or_else(|| Reply::status(200))
        })
    }

    /// Starts one that answers by a rule, which sees how many requests came before, and the request.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn ruled(rule: impl FnMut(usize, &Received) -> Reply + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            rule: Mutex::new(Box::new(rule)),
            received: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
        });
        let state = shared.clone();
        Self {
            listener: Listener::start(move |stream| serve(stream, state.clone())),
            shared,
        }
    }

    pub fn port(&self) -> u16 {
        self.listener.address.port()
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        self.listener.url(path)
    }

    /// From now on answers wait.
    pub fn hold(&self) {
        self.shared.gate.send_replace(Gate::Closed);
    }

    /// Every waiting answer is given, and those to come are, too.
    pub fn release(&self) {
        self.shared.gate.send_replace(Gate::Released);
    }

    /// Everything that came in, in order, answered or not.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// How many requests came in.
    pub fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// Waits until at least `count` requests came in, and gives all.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_within(count, PATIENCE).await
    }

    /// The same with a deadline of its own.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn wait_within(&self, count: usize, deadline: Duration) -> Vec<Received> {
        until(
            &format!("{count} requests at the receiver"),
            deadline,
            async || (self.count() >= count).then(|| self.received()),
        )
        .await
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufStream::new(stream);
    while let Some(raw) = read_request(&mut stream).await {
        let reply = record(&shared, Received::from(&raw));
        let mut gate = shared.gate.subscribe();
        let may_go =
            |gate: &Gate| *gate == Gate::Released || (*gate == Gate::Open && !reply.is_held);
        // It fails only when the receiver is gone, and then nobody waits for the answer.
        let _ = gate.wait_for(may_go).await;
        if reply.write(&mut stream).await.is_err() {
            // The client is gone, or was killed.
            return;
        }
    }
}

/// Keeps a request and decides about its answer, in the order in which requests come.
fn record(shared: &Shared, request: Received) -> Reply {
    let mut received = lock(&shared.received);
    let reply = lock(&shared.rule)(received.len(), &request);
    received.push(request);
    reply
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no other holder panicked")
}

//! A real receiver of webhooks on a port of its own, which answers as it is told and remembers what
//! it got.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::StatusCode, web,
};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::{oneshot, watch};

use crate::wait::{PATIENCE, until};

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// An answer with this status and a short body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: format!("answer {status}"),
        }
    }

    /// The same with a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same with another body.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
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
    /// When it came.
    pub at: std::time::Instant,
}

impl Received {
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

struct Shared {
    replies: Mutex<VecDeque<Reply>>,
    received: Mutex<Vec<Received>>,
    open: watch::Sender<bool>,
}

/// The receiver. Without further words it answers 200.
pub struct Receiver {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    server: Option<(ServerHandle, JoinHandle<()>)>,
}

impl Receiver {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        Self::replying([Reply::status(200)]).await
    }

    /// Starts one that gives these answers one after the other, and then the last one for ever.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let shared = Arc::new(Shared {
            replies: Mutex::new(replies.into_iter().collect()),
            received: Mutex::default(),
            open: watch::Sender::new(true),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let (started, handle) = oneshot::channel();
        let state = shared.clone();
        let thread = std::thread::spawn(move || serve(listener, &state, started));
        let handle = handle.await.expect("the receiver starts");
        Self {
            address,
            shared,
            server: Some((handle, thread)),
        }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on answers wait.
    pub fn hold(&self) {
        self.shared.open.send_replace(false);
    }

    /// Every waiting answer is given.
    pub fn release(&self) {
        self.shared.open.send_replace(true);
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

impl Drop for Receiver {
    fn drop(&mut self) {
        self.release();
        if let Some((handle, thread)) = self.server.take() {
            // The command is sent at once; the thread ends when it is done.
            drop(handle.stop(false));
            drop(thread.join());
        }
    }
}

fn serve(
    listener: std::net::TcpListener,
    shared: &Arc<Shared>,
    started: oneshot::Sender<ServerHandle>,
) {
    let shared = web::Data::from(shared.clone());
    actix_web::rt::System::new().block_on(async move {
        let app = move || {
            let limit = web::PayloadConfig::new(16 * 1024 * 1024);
            App::new()
                .app_data(shared.clone())
                .app_data(limit)
                .default_service(web::to(answer))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .backlog(4096)
            .listen(listener);
        let server = server.expect("the port is ours").run();
        started
            .send(server.handle())
            .expect("the test waits for it");
        server.await.expect("the receiver serves");
    });
}

async fn answer(request: HttpRequest, body: Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let received = record(&request, body);
    let reply = {
        let (mut replies, mut all) = (lock(&shared.replies), lock(&shared.received));
        all.push(received);
        let last = replies.len() <= 1;
        if last {
            replies.front().cloned()
        } else {
            replies.pop_front()
        }
    };
    let reply = reply.unwrap_or_else(|| Reply::status(200));
    let mut open = shared.open.subscribe();
    // Fails only when the receiver is gone, and then nobody waits for the answer.
    let _ = open.wait_for(|open| *open).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in &reply.headers {
        response.append_header((*name, value.as_str()));
    }
    response.body(reply.body)
}

fn record(request: &HttpRequest, body: Bytes) -> Received {
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
        headers.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
        );
    }
    let query = request.uri().query().map(str::to_owned);
    let (method, path) = (request.method().to_string(), request.path().to_owned());
    Received {
        method,
        path,
        query,
        headers,
        body,
        at: std::time::Instant::now(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no other holder panicked")
}

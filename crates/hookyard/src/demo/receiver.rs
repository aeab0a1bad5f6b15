//! The other end of the demo's feeds: it verifies what it gets, answers, and hands each request over
//! to be shown. It does so until the demo ends.

use std::{collections::HashMap, net::TcpListener, time::Duration};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use anyhow::Context;
use domain::{
    Clock,
    incoming::verification::{Scheme, Verification},
};
use tokio::{
    sync::{Mutex, RwLock, mpsc},
    time,
};

use super::received::{Proof, ReceivedRequest};

/// The path that is too busy for the first attempt of each delivery.
pub(super) const BUSY: &str = "/busy";
/// How old a request may be, in seconds: what Standard Webhooks recommends.
const TOLERANCE: i64 = 300;
/// Requests that may wait to be shown.
const WAITING: usize = 64;
/// Most bytes of a body: what a feed sends at most.
const MAX_BODY: usize = 4 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A receiver on a free port of this machine.
pub(super) struct DemoReceiver {
    pub(super) url: String,
    shared: web::Data<ReceiverState>,
    requests: Mutex<mpsc::Receiver<ReceivedRequest>>,
    handle: actix_web::dev::ServerHandle,
}

struct ReceiverState {
    /// How what comes to each path is verified.
    secrets: RwLock<HashMap<String, Verification>>,
    shown: mpsc::Sender<ReceivedRequest>,
}

impl DemoReceiver {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (shown, requests) = mpsc::channel(WAITING);
        let secrets = RwLock::default();
        let shared = web::Data::new(ReceiverState { secrets, shown });
        let state = shared.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .app_data(web::PayloadConfig::new(MAX_BODY))
                .default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self {
            url,
            shared,
            requests: Mutex::new(requests),
            handle,
        })
    }

    /// From now on, what comes to a path has to be signed with this secret.
    pub(super) async fn trust(&self, path: &str, secret: &str) -> anyhow::Result<()> {
        let scheme = Scheme::StandardWebhooks {
            tolerance_seconds: TOLERANCE,
        };
        let verification = Verification::restore(scheme, secret.to_owned());
        let verification = verification.context("a feed has a secret")?;
        let mut secrets = self.shared.secrets.write().await;
        secrets.insert(path.to_owned(), verification);
        Ok(())
    }

    /// The next request.
    pub(super) async fn next(&self) -> anyhow::Result<ReceivedRequest> {
        time::timeout(PATIENCE, self.at_any_time())
            .await
            .context("a request did not arrive within 10 seconds")?
            .context("the receiver is gone")
    }

    /// The next request, whenever it comes.
    pub(super) async fn at_any_time(&self) -> Option<ReceivedRequest> {
        self.requests.lock().await.recv().await
    }

    pub(super) async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

async fn answer(
    request: HttpRequest,
    body: web::Bytes,
    shared: web::Data<ReceiverState>,
) -> Result<HttpResponse, actix_web::Error> {
    let mut received = ReceivedRequest::new(&request, &body);
    if let Some(verification) = shared.secrets.read().await.get(&received.path) {
        let now = Clock::system().now();
        received.proof = match verification.verify(&received, &received.signed, now) {
            Ok(()) => Proof::Verified,
            Err(why) => Proof::Refused(why),
        };
    }
    let status = match received.proof {
        Proof::Refused(_) => StatusCode::UNAUTHORIZED,
        Proof::Verified if is_too_much(&received) => StatusCode::SERVICE_UNAVAILABLE,
        Proof::Verified | Proof::NoSecret => StatusCode::OK,
    };
    received.status = status.as_u16();
    // When more come than can be shown, they are answered all the same.
    drop(shared.shown.try_send(received));
    Ok(HttpResponse::new(status))
}

/// A trial is sent only once, so it is never too much.
fn is_too_much(received: &ReceivedRequest) -> bool {
    received.path == BUSY
        && received.header("hookyard-attempt") == "1"
        && received.header("hookyard-test").is_empty()
}

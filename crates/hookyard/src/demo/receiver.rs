//! The other end of the demo's feeds: a receiver that keeps each request as it got it.

use std::net::TcpListener;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context;
use tokio::sync::{Mutex, mpsc};

/// A receiver on a free port of this machine.
pub(super) struct DemoReceiver {
    pub url: String,
    requests: Mutex<mpsc::Receiver<String>>,
    handle: actix_web::dev::ServerHandle,
}

impl DemoReceiver {
    pub(super) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (sender, requests) = mpsc::channel(64);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(sender.clone()))
                .default_service(web::to(keep))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self {
            url,
            requests: Mutex::new(requests),
            handle,
        })
    }

    /// The next request, as text.
    pub(super) async fn next(&self) -> anyhow::Result<String> {
        let mut requests = self.requests.lock().await;
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), requests.recv());
        next.await
            .context("a request did not arrive within 10 seconds")?
            .context("the receiver is gone")
    }

    pub(super) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn keep(
    request: HttpRequest,
    body: web::Bytes,
    requests: web::Data<mpsc::Sender<String>>,
) -> HttpResponse {
    let mut text = format!(
        "{} {} {:?}\n",
        request.method(),
        request.uri(),
        request.version()
    );
    for (name, value) in request.headers() {
        text.push_str(&format!(
            "{name}: {}\n",
            String::from_utf8_lossy(value.as_bytes())
        ));
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&body));
    match requests.send(text).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

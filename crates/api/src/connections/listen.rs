//! The server below the application: its threads, its connections, and HTTP/1.1 on them.

use std::{fmt, net::TcpListener, time::Duration};

use actix_http::{HttpService, Request, Response};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Server, Service, ServiceFactory},
    rt::net::TcpStream,
};
use futures_util::future::ok;

use super::{bites::Bites, end_without_progress};

/// How long a peer may go on sending after an answer that ends the connection: if it was cut off at
/// once, it would not see the answer.
const CLOSING: Duration = Duration::from_secs(1);

/// What a server may take.
pub(crate) struct ServerLimits {
    pub(crate) threads: usize,
    pub(crate) connections_per_thread: usize,
    /// How long a peer may read nothing of what was written for it.
    pub(crate) write_timeout: Duration,
    /// How long requests may go on once the server is told to stop.
    pub(crate) drain: Duration,
}

/// Serves applications, one for each thread: what `HttpServer` does, but over connections that are
/// read in bites. A caller that sends a whole request and closes is served (some shops do not wait
/// for answers); one that resets is not.
pub(crate) fn serve<A, I, S, B>(
    limits: &ServerLimits,
    listener: TcpListener,
    app: A,
) -> std::io::Result<Server>
where
    A: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let write_timeout = limits.write_timeout;
    let builder = Server::build()
        .workers(limits.threads)
        .max_concurrent_connections(limits.connections_per_thread)
        .shutdown_timeout(limits.drain.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("api", listener, move || {
        let stopping = stopping.clone();
        let app = app().into_factory().map_err(|error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_disconnect_timeout(CLOSING)
            .h1(map_config(app, |()| AppConfig::default()))
            .map_err(|error| tracing::debug!(%error, "a connection broke off"));
        fn_service(move |stream: TcpStream| {
            end_without_progress(&stream, write_timeout);
            let peer = stream.peer_addr().ok();
            ok((Bites::of(stream), peer))
        })
        .and_then(http)
    })?;
    Ok(builder.run())
}

//! Puts the parts together: which layers a request passes, outermost first, and the server itself.

mod docs;
mod fallback;
mod request_id;
mod set_password;

use std::net::TcpListener;

use actix_cors::Cors;
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web::{self, Bytes, Data},
};
use utoipa_actix_web::{AppExt, scope};

use crate::{
    CorsOrigin, ServerSettings, State,
    connections::{self, ServerLimits},
    health::Readiness,
    json_bytes, openapi,
    request::{finish_layer, idempotency, identify},
    routes,
};
use fallback::Paths;

/// What is made once and shared by all threads.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Data<State>,
    readiness: Data<Readiness>,
    paths: Data<Paths>,
    document: Bytes,
}

impl Shared {
    pub(crate) fn new(state: State, readiness: Readiness) -> Self {
        let document = openapi();
        Self {
            paths: Data::new(Paths::of(&document, state.settings.server.docs)),
            readiness: Data::new(readiness),
            state: Data::new(state),
            document: json_bytes(&document).into(),
        }
    }
}

/// Serves the API on a listener until the server's handle stops it. Signals are the caller's
/// business.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(
    state: State,
    readiness: Readiness,
    listener: TcpListener,
) -> std::io::Result<Server> {
    let settings = state.settings.server.clone();
    let shared = Shared::new(state, readiness);
    let limits = ServerLimits {
        threads: settings.thread_count(),
        connections_per_thread: settings.connections_per_thread(),
        write_timeout: settings.write_timeout_seconds.duration(),
        drain: settings.drain_seconds.duration(),
    };
    connections::serve(&limits, listener, move || {
        app(&shared).wrap(from_fn(finish_layer))
    })
}

/// The application of one thread.
pub(crate) fn app(
    shared: &Shared,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let settings = shared.state.settings.server.clone();
    let v1 = scope("/v1").configure(routes::v1).map(|scope| {
        scope
            .wrap(from_fn(idempotency::layer))
            .wrap(from_fn(identify))
            .wrap(cors(&settings))
    });
    App::new()
        .into_utoipa_app()
        .configure(routes::outside)
        .service(v1)
        .into_app()
        .app_data(shared.state.clone())
        .app_data(shared.readiness.clone())
        .app_data(shared.paths.clone())
        .configure(set_password::routes)
        .configure(|config| {
            if settings.docs {
                docs::routes(config, shared.document.clone())
            }
        })
        .default_service(web::to(fallback::answer))
        .wrap(from_fn(fallback::head_as_get))
        .wrap(from_fn(request_id::layer))
        .wrap(from_fn(connections::in_pieces))
}

/// Only `/v1` answers pages of other origins; the intake grants nothing to browsers.
fn cors(settings: &ServerSettings) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
        .allowed_headers([
            "authorization",
            "content-type",
            "if-match",
            "idempotency-key",
            "x-request-id",
        ])
        .expose_headers([
            "etag",
            "location",
            "retry-after",
            "x-request-id",
            "idempotency-replayed",
        ])
        .max_age(3600);
    let any = settings.cors_origins.iter().any(CorsOrigin::is_any);
    if any {
        return cors.allow_any_origin();
    }
    settings
        .cors_origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin.as_str()))
}

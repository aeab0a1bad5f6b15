//! The health page of a separate worker.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};
use serde_json::{Map, Value, json};

/// Serves `/health/live` and `/health/ready` of the worker.
pub(crate) fn server(listener: TcpListener, health: worker::Health) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(health.clone()))
            .route("/health/live", web::get().to(async || HttpResponse::Ok().json(json!({"status": "ok"}))))
            .route("/health/ready", web::get().to(ready))
    });
    Ok(server.workers(1).disable_signals().shutdown_timeout(1).listen(listener)?.run())
}

async fn ready(health: web::Data<worker::Health>) -> HttpResponse {
    let parts = health.parts();
    let bad = parts.is_empty() || parts.iter().any(|(_, state)| state.is_err());
    let shown: Map<String, Value> = parts
        .into_iter()
        .map(|(name, state)| {
            let value = match state {
                Ok(()) => json!({"status": "ok"}),
                Err(why) => json!({"status": "bad", "detail": why}),
            };
            (name.to_owned(), value)
        })
        .collect();
    let body = json!({"status": if bad { "bad" } else { "ok" }, "parts": shown});
    if bad { HttpResponse::ServiceUnavailable().json(body) } else { HttpResponse::Ok().json(body) }
}

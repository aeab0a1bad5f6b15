//! `/health/live` and `/health/ready`, for the API and for a worker's own small listener.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpResponse,
    dev::Server,
    get,
    web::{self, Data},
};
use domain::Clock;
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use storage::{Db, SchemaState, events};

use crate::{
    ServerSettings,
    connections::{ServerLimits, serve},
};

/// A further part of readiness, handed in by the binary: the broker, the consumer.
#[derive(Clone)]
pub struct ReadinessCheck {
    name: &'static str,
    ask: Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
}

impl ReadinessCheck {
    /// A part of this name. `ask` gives a remark for a person: `Ok` when the part is well, `Err`
    /// when it is not.
    pub fn new<F, A>(name: &'static str, ask: A) -> Self
    where
        A: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self {
            name,
            ask: Arc::new(move || Box::pin(ask())),
        }
    }
}

/// What `/health/ready` asks: the database, its schema and the outbox, and further parts.
#[derive(Clone)]
pub struct Readiness {
    db: Db,
    clock: Clock,
    /// How old the outbox's oldest event may be.
    outbox_age: Duration,
    checks: Vec<ReadinessCheck>,
}

impl Readiness {
    /// A process with these parts, whose oldest event may wait in the outbox for this time.
    pub fn new(db: Db, clock: Clock, outbox_age: Duration) -> Self {
        Self {
            db,
            clock,
            outbox_age,
            checks: Vec::new(),
        }
    }

    /// Adds a part.
    #[must_use]
    pub fn with_check(mut self, check: ReadinessCheck) -> Self {
        self.checks.push(check);
        self
    }
}

/// The health of the process.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthReport {
    /// `ok` or `bad`.
    status: &'static str,
    parts: Vec<HealthPart>,
}

/// One part that the process depends on.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Part)]
pub(crate) struct HealthPart {
    name: &'static str,
    ok: bool,
    /// A remark for people.
    remark: String,
}

impl HealthPart {
    fn of(name: &'static str, result: Result<String, String>) -> Self {
        let ok = result.is_ok();
        Self {
            name,
            ok,
            remark: result.unwrap_or_else(|remark| remark),
        }
    }
}

/// The process is running.
#[utoipa::path(tag = "health", operation_id = "get_liveness", responses((status = 200, description = "The process is running.", body = HealthReport)))]
#[get("/health/live")]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(HealthReport {
        status: "ok",
        parts: Vec::new(),
    })
}

/// Whether the process can answer requests, with the state of each part.
#[utoipa::path(tag = "health", operation_id = "get_readiness", responses(
    (status = 200, description = "All parts are ready.", body = HealthReport),
    (status = 503, description = "At least one part is not ready.", body = HealthReport),
))]
#[get("/health/ready")]
pub(crate) async fn ready(readiness: Data<Readiness>) -> HttpResponse {
    let mut parts = vec![
        database(&readiness).await,
        schema(&readiness).await,
        outbox(&readiness).await,
    ];
    let further = readiness
        .checks
        .iter()
        .map(|check| async { HealthPart::of(check.name, (check.ask)().await) });
    parts.extend(join_all(further).await);
    if parts.iter().all(|part| part.ok) {
        HttpResponse::Ok().json(HealthReport {
            status: "ok",
            parts,
        })
    } else {
        HttpResponse::ServiceUnavailable().json(HealthReport {
            status: "bad",
            parts,
        })
    }
}

/// No inner cause goes out here either: the log has it.
fn unreachable_database(error: &storage::Error) -> String {
    tracing::warn!(%error, "the database is not ready");
    "cannot be reached".to_owned()
}

async fn database(readiness: &Readiness) -> HealthPart {
    let result = async {
        let mut conn = readiness.db.read().await?;
        storage::api_keys::any(&mut conn).await
    };
    match result.await {
        Ok(_) => HealthPart::of("database", Ok("answers".into())),
        Err(error @ storage::Error::Unavailable(_)) => {
            HealthPart::of("database", Err(unreachable_database(&error)))
        }
        // It did answer; the schema is another part.
        Err(_) => HealthPart::of("database", Ok("answers".into())),
    }
}

async fn schema(readiness: &Readiness) -> HealthPart {
    let result = match readiness.db.schema_state().await {
        Ok(SchemaState::Current) => Ok("is current".to_owned()),
        Ok(SchemaState::Behind(n)) => {
            Err(format!("{n} migrations are waiting; run: hookyard migrate"))
        }
        Ok(SchemaState::Compatible(n)) => Ok(format!("is compatible, with {n} newer migrations")),
        Ok(SchemaState::Ahead(n)) => Err(format!(
            "{n} migrations are newer than this program, which does not understand them"
        )),
        Err(error) => Err(unreachable_database(&error)),
    };
    HealthPart::of("schema", result)
}

async fn outbox(readiness: &Readiness) -> HealthPart {
    let oldest = async {
        let mut conn = readiness.db.read().await?;
        events::oldest_in_outbox(&mut conn).await
    };
    let result = match oldest.await {
        Ok(None) => Ok("is empty".to_owned()),
        Ok(Some(since)) => {
            // Another process's clock may be ahead: then the event is new.
            let age = (readiness.clock.now() - since)
                .to_std()
                .unwrap_or(Duration::ZERO);
            let remark = format!("the oldest event waits for {} s", age.as_secs());
            if age > readiness.outbox_age {
                Err(remark)
            } else {
                Ok(remark)
            }
        }
        Err(error) => Err(unreachable_database(&error)),
    };
    HealthPart::of("outbox", result)
}

/// A server with nothing but `/health/*`, for a worker that runs by itself.
///
/// # Errors
/// When the listener cannot be used.
pub fn health_server(
    readiness: Readiness,
    listener: TcpListener,
    settings: &ServerSettings,
) -> std::io::Result<Server> {
    let readiness = Data::new(readiness);
    let app = move || {
        App::new()
            .app_data(readiness.clone())
            .service(live)
            .service(ready)
            .default_service(web::to(HttpResponse::NotFound))
    };
    let limits = ServerLimits {
        threads: 1,
        connections_per_thread: settings.max_connections,
        write_timeout: settings.write_timeout_seconds.duration(),
        drain: settings.drain_seconds.duration(),
    };
    serve(&limits, listener, app)
}

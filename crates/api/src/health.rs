//! `/health/live` and `/health/ready`, for the API and for a worker's own small listener.

use std::{net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    get,
    web::{self, Data},
};
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use storage::{SchemaState, events};

use crate::State;

/// A further part of readiness, handed in by the binary: the broker, the consumer.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    ask: Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>,
}

impl Check {
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

/// How the process is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok` or `bad`.
    status: &'static str,
    parts: Vec<Part>,
}

/// One thing that the process needs.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Part {
    name: &'static str,
    ok: bool,
    /// For a person.
    remark: String,
}

impl Part {
    fn of(name: &'static str, result: Result<String, String>) -> Self {
        let ok = result.is_ok();
        Self {
            name,
            ok,
            remark: result.unwrap_or_else(|remark| remark),
        }
    }
}

/// The process turns.
#[utoipa::path(tag = "health", operation_id = "get_liveness", responses((status = 200, description = "The process turns.", body = Health)))]
#[get("/health/live")]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Health {
        status: "ok",
        parts: Vec::new(),
    })
}

/// Whether requests can be answered, part by part.
#[utoipa::path(tag = "health", operation_id = "get_readiness", responses(
    (status = 200, description = "All parts are well.", body = Health),
    (status = 503, description = "At least one part is not.", body = Health),
))]
#[get("/health/ready")]
pub(crate) async fn ready(state: Data<State>) -> HttpResponse {
    let mut parts = vec![
        database(&state).await,
        schema(&state).await,
        outbox(&state).await,
    ];
    let further = state
        .checks
        .iter()
        .map(|check| async { Part::of(check.name, (check.ask)().await) });
    parts.extend(join_all(further).await);
    if parts.iter().all(|part| part.ok) {
        HttpResponse::Ok().json(Health {
            status: "ok",
            parts,
        })
    } else {
        HttpResponse::ServiceUnavailable().json(Health {
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

async fn database(state: &State) -> Part {
    let result = async {
        let mut conn = state.db.read().await?;
        storage::api_keys::any(&mut conn).await
    };
    match result.await {
        Ok(_) => Part::of("database", Ok("answers".into())),
        Err(error @ storage::Error::Unavailable(_)) => {
            Part::of("database", Err(unreachable_database(&error)))
        }
        // It did answer; the schema is another part.
        Err(_) => Part::of("database", Ok("answers".into())),
    }
}

async fn schema(state: &State) -> Part {
    let result = match state.db.schema_state().await {
        Ok(SchemaState::Current) => Ok("is current".to_owned()),
        Ok(SchemaState::Behind(n)) => {
            Err(format!("{n} migrations are waiting; run: hookyard migrate"))
        }
        Ok(SchemaState::Ahead(n)) => Err(format!("{n} migrations are newer than this program")),
        Err(error) => Err(unreachable_database(&error)),
    };
    Part::of("schema", result)
}

async fn outbox(state: &State) -> Part {
    let oldest = async {
        let mut conn = state.db.read().await?;
        events::oldest_in_outbox(&mut conn).await
    };
    let result = match oldest.await {
        Ok(None) => Ok("is empty".to_owned()),
        Ok(Some(since)) => {
            let age = (state.clock.now() - since).to_std().unwrap_or_default();
            let remark = format!("the oldest event waits for {} s", age.as_secs());
            if age > state.settings.limits.outbox_age {
                Err(remark)
            } else {
                Ok(remark)
            }
        }
        Err(error) => Err(unreachable_database(&error)),
    };
    Part::of("outbox", result)
}

/// A server with nothing but `/health/*`, for a worker that runs by itself.
///
/// # Errors
/// When the listener cannot be used.
pub fn health_server(state: State, listener: TcpListener) -> std::io::Result<Server> {
    let state = Data::new(state);
    let app = move || {
        App::new()
            .app_data(state.clone())
            .service(live)
            .service(ready)
            .default_service(web::to(HttpResponse::NotFound))
    };
    Ok(HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run())
}

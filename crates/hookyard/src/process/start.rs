//! Wiring: which parts a process gets, and what each of them is given.

use std::net::{SocketAddr, TcpListener};

use domain::{outbound::guard::Guard, settings::ListenAddress};

use super::{Foundation, ProcessRole, Running, readiness};
use crate::{
    call_tallies,
    config::Config,
    exit::{CommandError, usage},
    housekeeping,
};

/// Starts the parts; returns when their addresses are bound.
pub(crate) fn start(
    config: &Config,
    mut foundation: Foundation,
    role: ProcessRole,
) -> Result<Running, CommandError> {
    let mut running = Running::new(foundation.lock.take());
    running.spawn_background(storage::doorbell::carry(foundation.db.clone()));
    let health = role.has_worker().then(worker::WorkerHealth::default);
    let readiness = readiness::of(config, &foundation, health.as_ref());
    if role.has_api() {
        start_api(&mut running, config, &foundation, readiness)?;
    } else {
        start_health_page(&mut running, config, readiness)?;
    }
    if let Some(health) = health {
        if role.has_api() {
            let own = config.database.worker_connections();
            foundation.db = foundation.db.with_own_connections(own)?;
        }
        start_worker(&mut running, config, foundation, health)?;
    }
    Ok(running)
}

fn start_api(
    running: &mut Running,
    config: &Config,
    foundation: &Foundation,
    readiness: api::Readiness,
) -> Result<(), CommandError> {
    let (listener, address) = bind("server.listen", &config.server.listen)?;
    let (db, clock) = (foundation.db.clone(), foundation.clock.clone());
    running.spawn_background(housekeeping::run(
        db.clone(),
        clock.clone(),
        config.retention,
    ));
    running.spawn_background(call_tallies::run(db.clone()));
    let settings = api::ApiSettings {
        public_url: config.public_url(&address.to_string())?,
        server: config.server.clone(),
        intake: config.intake.clone(),
        auth: config.auth.clone(),
        has_mail_server: config.mail.url.is_some(),
    };
    let guard = Guard::new(config.delivery.allow_networks.clone());
    let state = api::State::new(db, foundation.vault.clone(), clock, guard, settings)?;
    running.serve_http("API", api::server(state, readiness, listener)?);
    running.api = Some(address);
    tracing::info!(listening = %format!("http://{address}"), "API is listening");
    Ok(())
}

/// Health of a worker that runs without the API.
fn start_health_page(
    running: &mut Running,
    config: &Config,
    readiness: api::Readiness,
) -> Result<(), CommandError> {
    let (listener, address) = bind("worker.listen", &config.worker.listen)?;
    let server = api::health_server(readiness, listener, &config.server)?;
    running.serve_http("worker's health page", server);
    tracing::info!(listening = %format!("http://{address}"), "worker is listening");
    Ok(())
}

fn start_worker(
    running: &mut Running,
    config: &Config,
    foundation: Foundation,
    health: worker::WorkerHealth,
) -> Result<(), CommandError> {
    // The port may have been picked by the system just now.
    let listening = running.api.map_or_else(
        || config.server.listen.to_string(),
        |address| address.to_string(),
    );
    let public_url = config.public_url(&listening)?;
    let settings = worker::WorkerSettings {
        delivery: config.delivery.clone(),
        broker: config.broker.clone(),
        drain: config.server.drain_seconds.duration(),
        mail: Some(worker::Mail::new(config.mail.clone(), public_url.as_str())?),
    };
    let context = worker::WorkerContext {
        db: foundation.db,
        vault: foundation.vault,
        clock: foundation.clock,
        health,
        stop: running.stop_token(),
    };
    let work = worker::run(settings, context);
    running.spawn("worker", async move { Ok(work.await?) });
    Ok(())
}

/// Binds an address; the error names the key to change.
fn bind(key: &str, address: &ListenAddress) -> Result<(TcpListener, SocketAddr), CommandError> {
    let bound = TcpListener::bind(address.as_str())
        .and_then(|listener| Ok((listener.local_addr()?, listener)));
    match bound {
        Ok((address, listener)) => Ok((listener, address)),
        Err(error) => Err(usage(format!("{key} = \"{address}\": {error}"))),
    }
}

//! The database, the vault and the clock.

use std::{fs::File, time::Duration};

use anyhow::anyhow;
use domain::{Clock, vault::Vault};
use storage::{DatabaseUrl, Db, SchemaState, Unreachable};
use tokio::signal::unix::{SignalKind, signal};

use super::{embedded_lock, master_key, private_files};
use crate::{config::Config, exit::CommandError};

/// How long it waits before it looks again for a database that cannot be reached.
const PAUSE: Duration = Duration::from_secs(2);

/// What the API and the worker are built on.
pub(crate) struct Foundation {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
    /// Held for as long as the process works on an embedded store.
    pub(super) lock: Option<File>,
}

impl Foundation {
    /// Opens everything that a long-running process needs.
    pub(crate) async fn open(config: &Config) -> Result<Self, CommandError> {
        if config.database_url().is_carelessly_plain() {
            tracing::warn!(
                "the way to PostgreSQL is not encrypted; add ?sslmode=verify-full to database.url, or sslmode=disable if it is meant"
            );
        }
        private_files::prepare(config)?;
        let lock = embedded_lock::lock(&config.database_url())?;
        await_database(&config.database_url()).await?;
        let db = open_current(config).await?;
        Ok(Self {
            lock,
            vault: master_key::open_vault(config, &db).await?,
            db,
            clock: Clock::system(),
        })
    }
}

/// Waits until PostgreSQL can be reached: machines that start together come up in any order.
async fn await_database(url: &DatabaseUrl) -> Result<(), CommandError> {
    let (mut term, mut int) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    tokio::select! {
        () = reached(url) => Ok(()),
        _ = term.recv() => Err(stopped()),
        _ = int.recv() => Err(stopped()),
    }
}

async fn reached(url: &DatabaseUrl) {
    let mut has_waited = false;
    while let Some(Unreachable { server, reason }) = url.unreachable().await {
        tracing::warn!(%server, %reason, "the database cannot be reached; waiting for it");
        has_waited = true;
        tokio::time::sleep(PAUSE).await;
    }
    if has_waited {
        tracing::info!("the database answers");
    }
}

fn stopped() -> CommandError {
    anyhow!("told to stop before the database could be reached").into()
}

/// Opens the database; nothing is connected yet.
pub(crate) fn open_database(config: &Config) -> Result<Db, CommandError> {
    private_files::prepare(config)?;
    Ok(Db::open(&config.database_url(), &config.database)?)
}

/// Opens a database whose schema fits this program; an embedded store is migrated on the way.
pub(crate) async fn open_current(config: &Config) -> Result<Db, CommandError> {
    let db = open_database(config)?;
    if db.is_embedded() {
        for version in db.migrate_up().await? {
            tracing::info!(version, "migrated the embedded store");
        }
    }
    match db.schema_state().await? {
        SchemaState::Current | SchemaState::Compatible(_) => Ok(db),
        SchemaState::Behind(n) => {
            Err(anyhow!("the database lacks {n} migration(s); run: hookyard migrate").into())
        }
        SchemaState::Ahead(n) => Err(anyhow!(
            "the database has {n} migration(s) of a newer version; run that version of hookyard"
        )
        .into()),
    }
}

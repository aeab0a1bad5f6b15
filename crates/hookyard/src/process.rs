//! What the long-running commands share: the database, the vault, the schema check, the first API
//! key.

use std::time::Duration;

use anyhow::anyhow;
use domain::{Clock, api_key::Scope, id::ApiKeyId, secret::Token, vault::Vault};
use secrecy::ExposeSecret;
use storage::{Db, Json, SchemaState, api_keys, api_keys::ApiKey};

use crate::{
    config::Config,
    exit::{Failure, usage},
};

/// What the API and the worker are built on.
pub(crate) struct Foundation {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
}

/// Opens the database; nothing is connected yet.
pub(crate) fn open_database(config: &Config) -> Result<Db, Failure> {
    let url = config.database_url();
    if let Some(path) = url.strip_prefix("sqlite://")
        && let Some(folder) = std::path::Path::new(path).parent()
    {
        std::fs::create_dir_all(folder)?;
    }
    let acquire_timeout = Duration::from_secs(config.database.acquire_timeout_seconds);
    Ok(Db::open(&storage::Settings {
        url,
        max_connections: config.database.max_connections,
        acquire_timeout,
    })?)
}

/// Opens a database whose schema fits this program; an embedded store is migrated by the way.
pub(crate) async fn open_current(config: &Config) -> Result<Db, Failure> {
    let db = open_database(config)?;
    if db.is_embedded() {
        for version in db.migrate_up().await? {
            tracing::info!(version, "migrated the embedded store");
        }
    }
    match db.schema_state().await? {
        SchemaState::Current => Ok(db),
        SchemaState::Behind(n) => {
            Err(anyhow!("the database lacks {n} migration(s); run: hookyard migrate").into())
        }
        SchemaState::Ahead(n) => Err(anyhow!(
            "the database has {n} migration(s) of a newer version; run that version of hookyard"
        )
        .into()),
    }
}

/// Opens everything that a long-running process needs.
pub(crate) async fn open(config: &Config) -> Result<Foundation, Failure> {
    let vault = Vault::new(&config.master_key()?);
    Ok(Foundation {
        db: open_current(config).await?,
        vault,
        clock: Clock::system(),
    })
}

/// The broker, when one is configured.
pub(crate) fn broker(config: &Config) -> Option<worker::Broker> {
    let url = config.broker.url.clone()?;
    Some(worker::Broker {
        url,
        namespace: config.broker.namespace.clone(),
        prefetch: config.broker.prefetch,
    })
}

/// Makes sure that somebody can call the API: the configured key, or (`generate`) a new one when
/// there is none at all.
pub(crate) async fn first_key(config: &Config, db: &Db, generate: bool) -> Result<(), Failure> {
    let mut conn = db.write().await?;
    if let Some(configured) = &config.auth.bootstrap_key {
        let token = Token::from_text(configured.expose_secret());
        api_keys::insert(&mut conn, &api_key("bootstrap", vec![Scope::Admin], &token)).await?;
    } else if !api_keys::any(&mut conn).await? {
        if !generate {
            tracing::warn!(
                "there is no API key yet; make one with: hookyard keys create --name NAME"
            );
            return Ok(());
        }
        let token = Token::generate(domain::api_key::PREFIX);
        api_keys::insert(&mut conn, &api_key("first", vec![Scope::Admin], &token)).await?;
        // On purpose not through the log: logs are kept, this line is for the operator's eyes.
        eprintln!(
            "A first API key with all rights, shown only now: {}",
            token.expose()
        );
    }
    Ok(())
}

/// The row of a new API key.
pub(crate) fn api_key(name: &str, scopes: Vec<Scope>, token: &Token) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(),
        name: name.to_owned(),
        hint: token.expose().chars().take(8).collect(),
        scopes: Json(scopes),
        key_hash: token.hash().to_vec(),
        created_at: Clock::system().now(),
        expires_at: None,
    }
}

/// Binds an address; the error names the key to change.
pub(crate) fn bind(key: &str, address: &str) -> Result<std::net::TcpListener, Failure> {
    std::net::TcpListener::bind(address)
        .map_err(|error| usage(format!("{key} = \"{address}\": {error}")))
}

/// Keeps a second worker off an embedded store for as long as the file is held: at start, a worker
/// takes over everything that a dead one had taken, and so it must be the only one.
pub(crate) fn lock_embedded(config: &Config) -> Result<Option<std::fs::File>, Failure> {
    let url = config.database_url();
    let Some(path) = url.strip_prefix("sqlite://") else {
        return Ok(None);
    };
    let file = std::fs::File::create(format!("{path}.worker.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(usage(format!(
            "another worker has {path} open; stop it, or give this one another data_dir or database.url"
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

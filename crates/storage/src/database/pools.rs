//! Pools: how a fresh connection to each database is set up.

use std::time::Duration;

use diesel::{ConnectionError, SqliteConnection, connection::SimpleConnection};
use diesel_async::{
    AsyncConnection, AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool,
    },
    sync_connection_wrapper::SyncConnectionWrapper,
};
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio_postgres::config::SslMode;

use super::error::{Error, Result};

/// SQLite behind a blocking thread.
pub(crate) type Lite = SyncConnectionWrapper<SqliteConnection>;

/// `synchronous = FULL`: what was committed survives a power cut, too; with NORMAL a checkpoint
/// could lose the last commits.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;";

pub(crate) fn sqlite(path: &str, size: usize) -> Result<Pool<Lite>> {
    let mut config = ManagerConfig::<Lite>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(|path| {
        async move {
            let mut conn = Lite::establish(path).await?;
            conn.spawn_blocking(|c: &mut SqliteConnection| c.batch_execute(PRAGMAS))
                .await
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    build(
        AsyncDieselConnectionManager::new_with_config(path, config),
        size,
    )
}

/// The task that drives a connection must live as long as the pool, not as long as the short-lived
/// runtime that happens to ask first: it is spawned on the runtime on which the pool was built.
pub(crate) fn postgres(url: &str, size: usize) -> Result<Pool<AsyncPgConnection>> {
    let runtime = Handle::try_current().map_err(|error| Error::Internal(error.to_string()))?;
    let mut config = ManagerConfig::<AsyncPgConnection>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, runtime) = (url.to_owned(), runtime.clone());
        async move {
            runtime
                .spawn(async move { establish(&url).await })
                .await
                .map_err(|error| ConnectionError::BadConnection(error.to_string()))?
        }
        .boxed()
    });
    build(
        AsyncDieselConnectionManager::new_with_config(url, config),
        size,
    )
}

fn build<C>(manager: AsyncDieselConnectionManager<C>, size: usize) -> Result<Pool<C>>
where
    AsyncDieselConnectionManager<C>:
        deadpool::managed::Manager<Type = C, Error = diesel_async::pooled_connection::PoolError>,
    C: AsyncConnection + 'static,
{
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(|error| Error::Internal(error.to_string()))
}

/// `sslmode=require` means TLS with a certificate that the system's roots vouch for; any other mode
/// is plain text.
pub(crate) async fn establish(
    url: &str,
) -> std::result::Result<AsyncPgConnection, ConnectionError> {
    let bad = |error: &dyn std::fmt::Display| ConnectionError::BadConnection(error.to_string());
    let mut config: tokio_postgres::Config = url
        .parse()
        .map_err(|error: tokio_postgres::Error| bad(&error))?;
    config
        .connect_timeout(Duration::from_secs(5))
        .application_name("hookyard");
    if config.get_ssl_mode() == SslMode::Require {
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls_config()?);
        let (client, connection) = config.connect(tls).await.map_err(|error| bad(&error))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }
    config.ssl_mode(SslMode::Disable);
    let (client, connection) = config
        .connect(tokio_postgres::NoTls)
        .await
        .map_err(|error| bad(&error))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

fn tls_config() -> std::result::Result<rustls::ClientConfig, ConnectionError> {
    use rustls_platform_verifier::ConfigVerifierExt;
    rustls::ClientConfig::with_platform_verifier()
        .map_err(|error| ConnectionError::BadConnection(error.to_string()))
}

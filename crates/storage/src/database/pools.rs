//! The pool of connections to PostgreSQL, and how a fresh one is set up.

use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool,
    },
};
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio_postgres::{Config, config::SslMode};

use super::{
    error::{Error, Result},
    target::{BadTarget, PgTarget},
    tls,
};

/// Every query of ours is meant to walk an index, in its order, for a page or for a few keys. The
/// planner would rather read a table whole while it is small, and a statement that is prepared then
/// goes on doing so for the life of the connection, however large the table has grown. What is
/// switched off is still used where there is no other way, as for counting a whole table; such a
/// plan looks so expensive that it would be compiled, hence no `jit`. These are set by a statement,
/// because some connection poolers refuse them as options of the start.
const PLANNER: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET jit = off";

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
                .spawn(async move { establish_planned(&url).await })
                .await
                .map_err(|error| ConnectionError::BadConnection(error.to_string()))?
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(|error| Error::Internal(error.to_string()))
}

async fn establish_planned(url: &str) -> std::result::Result<AsyncPgConnection, ConnectionError> {
    use diesel_async::SimpleAsyncConnection;
    let mut conn = establish(url).await?;
    conn.batch_execute(PLANNER)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// The way is as protected as the URL's `sslmode` says.
pub(crate) async fn establish(
    url: &str,
) -> std::result::Result<AsyncPgConnection, ConnectionError> {
    let target = target(url).map_err(bad)?;
    if target.config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = target
            .config
            .connect(tokio_postgres::NoTls)
            .await
            .map_err(|error| told(&error))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    }
    let (client, connection) = target
        .config
        .connect(protected(&target).map_err(bad)?)
        .await
        .map_err(|error| told(&error))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// Connects as [`establish`] does, and lets go again.
///
/// # Errors
/// What the server or the way to it said; `Ok` also for a target that cannot be made out, because
/// whoever needs a connection is told what is wrong with it.
pub(super) async fn knock(url: &str) -> std::result::Result<(), tokio_postgres::Error> {
    let Ok(target) = target(url) else {
        return Ok(());
    };
    if target.config.get_ssl_mode() == SslMode::Disable {
        target.config.connect(tokio_postgres::NoTls).await.map(drop)
    } else if let Ok(tls) = protected(&target) {
        target.config.connect(tls).await.map(drop)
    } else {
        Ok(())
    }
}

fn target(url: &str) -> std::result::Result<PgTarget, BadTarget> {
    let mut target = PgTarget::parse(url)?;
    target.config.application_name("hookyard");
    notice_silence(&mut target.config);
    Ok(target)
}

fn protected(
    target: &PgTarget,
) -> std::result::Result<tokio_postgres_rustls::MakeRustlsConnect, String> {
    let tls = tls::config(target)?;
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(tls))
}

/// With what the server said, which the client's own words leave out.
fn told(error: &tokio_postgres::Error) -> ConnectionError {
    use std::error::Error as _;
    match error.source() {
        Some(cause) => bad(format!("{error}: {cause}")),
        None => bad(error),
    }
}

fn bad(error: impl std::fmt::Display) -> ConnectionError {
    ConnectionError::BadConnection(error.to_string())
}

/// A path that is silent, without an end or a reset, is noticed within seconds: what was sent and is
/// not acknowledged ends the connection, and an idle one is probed. What the URL says goes first.
fn notice_silence(config: &mut Config) {
    const SYSTEM_DEFAULT: Duration = Duration::from_secs(2 * 60 * 60);
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(10));
    }
    if config.get_keepalives_idle() == SYSTEM_DEFAULT {
        config.keepalives_idle(Duration::from_secs(5));
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(Duration::from_secs(3));
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_noticed_in_seconds_unless_the_url_says_otherwise() {
        let read = |url: &str| {
            let mut config: Config = url.parse().unwrap();
            notice_silence(&mut config);
            let idle = config.get_keepalives_idle().as_secs();
            let unanswered = config.get_tcp_user_timeout().map(Duration::as_secs);
            (idle, unanswered, config.get_keepalives_retries())
        };
        assert_eq!(read("postgres://host/x"), (5, Some(10), Some(3)));
        let own = "postgres://host/x?keepalives_idle=60&tcp_user_timeout=90&keepalives_retries=9";
        assert_eq!(read(own), (60, Some(90), Some(9)));
    }
}

//! Connections to either database, and how a query that is written once runs on both.

use std::{sync::Arc, time::Duration};

use diesel::connection::AnsiTransactionManager;
use diesel_async::{
    AsyncConnection, AsyncPgConnection, TransactionManager,
    pooled_connection::deadpool::{Object, Pool, PoolError},
};

use super::{
    error::{Error, Result},
    pools::{self, Lite},
};
use crate::signals::{Notes, Signal, Signals};

/// How the pools are built.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `postgres://…` or `sqlite://path`.
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite (which has one writer besides).
    pub max_connections: usize,
    /// How long a caller waits for a free connection before it is told that the database is
    /// unavailable.
    pub acquire_timeout: Duration,
}

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    acquire_timeout: Duration,
    signals: Signals,
    url: String,
}

enum Pools {
    Pg(Pool<AsyncPgConnection>),
    /// SQLite lets one connection write at a time: one writer that nobody fights over, and readers
    /// that never wait.
    Sqlite {
        writer: Pool<Lite>,
        readers: Pool<Lite>,
    },
}

/// A connection for a while; it returns to its pool when dropped.
pub struct Conn {
    pub link: Link,
    notes: Notes,
}

/// The connection to either database.
#[expect(
    clippy::large_enum_variant,
    reason = "there are as many as there are connections; a box would cost each use"
)]
pub enum Link {
    Pg(Object<AsyncPgConnection>),
    Sqlite(Object<Lite>),
}

impl Conn {
    /// Rings the signal with the commit of the transaction that is open, or else at once: what it
    /// tells of has been written.
    pub(crate) fn note(&mut self, signal: Signal) {
        self.notes.note(signal);
    }
}

/// Runs one diesel query on whichever database the connection belongs to: `on!(conn, |c|
/// users::table.find(Sql(id)).first(c))`. The query is compiled, and checked, for both.
macro_rules! on {
    ($conn:expr, |$c:ident| $query:expr) => {
        match &mut $conn.link {
            $crate::Link::Pg($c) => {
                let $c = &mut **$c;
                $query.await.map_err($crate::Error::from)
            }
            $crate::Link::Sqlite($c) => {
                let $c = &mut **$c;
                $query.await.map_err($crate::Error::from)
            }
        }
    };
}

impl Db {
    /// Builds the pools; connects only when a connection is asked for. Must run on a multi-thread
    /// tokio runtime, which from then on carries the connections.
    ///
    /// # Errors
    /// [`Error::Internal`] for a URL of another scheme.
    pub fn open(settings: &Settings) -> Result<Self> {
        let pools = if let Some(path) = settings.url.strip_prefix("sqlite://") {
            Pools::Sqlite {
                writer: pools::sqlite(path, 1)?,
                readers: pools::sqlite(path, settings.max_connections.max(1))?,
            }
        } else if settings.url.starts_with("postgres://")
            || settings.url.starts_with("postgresql://")
        {
            Pools::Pg(pools::postgres(
                &settings.url,
                settings.max_connections.max(1),
            )?)
        } else {
            return Err(Error::Internal(
                "database.url must begin with postgres:// or sqlite://".into(),
            ));
        };
        Ok(Self(Arc::new(Inner {
            pools,
            acquire_timeout: settings.acquire_timeout,
            signals: Signals::default(),
            url: settings.url.clone(),
        })))
    }

    /// A connection for reading, outside of a transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read(&self) -> Result<Conn> {
        let link = match &self.0.pools {
            Pools::Pg(pool) => Link::Pg(self.within(pool.get()).await?),
            Pools::Sqlite { readers, .. } => Link::Sqlite(self.within(readers.get()).await?),
        };
        Ok(self.conn(link))
    }

    /// A connection for single statements that write.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn write(&self) -> Result<Conn> {
        let link = match &self.0.pools {
            Pools::Pg(pool) => Link::Pg(self.within(pool.get()).await?),
            Pools::Sqlite { writer, .. } => Link::Sqlite(self.within(writer.get()).await?),
        };
        Ok(self.conn(link))
    }

    fn conn(&self, link: Link) -> Conn {
        Conn {
            link,
            notes: Notes::new(self.0.signals.clone()),
        }
    }

    /// A transaction that will write (SQLite: `BEGIN IMMEDIATE`, so that it never fails half way
    /// for a lock).
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(&self) -> Result<Tx> {
        let mut conn = self.write().await?;
        match &mut conn.link {
            Link::Pg(c) => PgTransactions::begin_transaction(c).await?,
            Link::Sqlite(c) => {
                c.spawn_blocking(|c| {
                    AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")
                })
                .await?;
            }
        }
        conn.notes.hold();
        Ok(Tx(Some(conn)))
    }

    /// What parts of this process tell each other after a commit.
    pub fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// Whether this is the embedded database, which one process has to itself.
    pub fn is_embedded(&self) -> bool {
        matches!(self.0.pools, Pools::Sqlite { .. })
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// Waits for a connection no longer than configured.
    async fn within<T>(
        &self,
        get: impl Future<Output = std::result::Result<T, PoolError>>,
    ) -> Result<T> {
        match tokio::time::timeout(self.0.acquire_timeout, get).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
            Err(_) => Err(Error::Unavailable("no free database connection".into())),
        }
    }
}

/// An open transaction. Dropping it without [`Tx::commit`] rolls back.
pub struct Tx(Option<Conn>);

impl Tx {
    /// Makes everything that was done durable and visible, and rings the signals that were noted.
    ///
    /// # Errors
    /// [`Error`]; then nothing of the transaction remains.
    pub async fn commit(mut self) -> Result<()> {
        let Some(mut conn) = self.0.take() else {
            return Ok(());
        };
        match &mut conn.link {
            Link::Pg(c) => PgTransactions::commit_transaction(c).await?,
            Link::Sqlite(c) => LiteTransactions::commit_transaction(c).await?,
        }
        conn.notes.ring();
        Ok(())
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        match &self.0 {
            Some(conn) => conn,
            None => unreachable!("only commit and drop take the connection"),
        }
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.0 {
            Some(conn) => conn,
            None => unreachable!("only commit and drop take the connection"),
        }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let (Some(conn), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(async move {
            // A connection whose rollback fails is broken; its pool sees that and drops it.
            match conn.link {
                Link::Pg(mut c) => drop(PgTransactions::rollback_transaction(&mut c).await),
                Link::Sqlite(mut c) => drop(LiteTransactions::rollback_transaction(&mut c).await),
            }
        });
    }
}

type PgTransactions = <Object<AsyncPgConnection> as AsyncConnection>::TransactionManager;
type LiteTransactions = <Object<Lite> as AsyncConnection>::TransactionManager;

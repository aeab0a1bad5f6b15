//! Connections to either database, and how a query that is written once runs on both.

use std::{sync::Arc, time::Duration};

use diesel::connection::AnsiTransactionManager;
use diesel_async::{
    AsyncConnection, AsyncPgConnection, TransactionManager,
    pooled_connection::deadpool::{Object, Pool, PoolError},
};
use secrecy::ExposeSecret;

use super::{
    error::{Error, Result},
    pools::{self, Lite},
    settings::{DatabaseSettings, DatabaseUrl},
};
use crate::signals::{Notes, Signal, Signals};

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    acquire_timeout: Duration,
    signals: Signals,
    url: DatabaseUrl,
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
    /// [`Error::Internal`] outside of a runtime.
    pub fn open(url: &DatabaseUrl, settings: &DatabaseSettings) -> Result<Self> {
        let connections = settings.max_connections;
        let pools = match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_string_lossy();
                Pools::Sqlite {
                    writer: pools::sqlite(&path, 1)?,
                    readers: pools::sqlite(&path, connections)?,
                }
            }
            DatabaseUrl::Postgres(url) => {
                Pools::Pg(pools::postgres(url.expose_secret(), connections)?)
            }
        };
        Ok(Self(Arc::new(Inner {
            pools,
            acquire_timeout: settings.acquire_timeout_seconds.duration(),
            signals: Signals::default(),
            url: url.clone(),
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

    pub(crate) fn url(&self) -> &DatabaseUrl {
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

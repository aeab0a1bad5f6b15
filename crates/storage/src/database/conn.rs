//! Connections to either database, and how a query that is written once runs on both.

use std::{sync::Arc, time::Duration};

use diesel::connection::{AnsiTransactionManager, TransactionManager as SyncTransactionManager};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, TransactionManager,
    pooled_connection::deadpool::{Object, Pool},
};
use secrecy::ExposeSecret;

use super::{
    error::{Error, Result},
    lite::{Borrowed, LitePool},
    pools,
    settings::{DatabaseSettings, DatabaseUrl},
};
use crate::signals::{Notes, Signal, Signals};

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    pools: Pools,
    acquire_timeout: Duration,
    signals: Signals,
    url: DatabaseUrl,
}

#[derive(Clone)]
enum Pools {
    Pg(Pool<AsyncPgConnection>),
    /// SQLite lets one connection write at a time: one writer that nobody fights over, and readers
    /// that never wait.
    Sqlite {
        writer: LitePool,
        readers: LitePool,
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
    Sqlite(Borrowed),
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
                    writer: LitePool::new(&path, 1),
                    readers: LitePool::new(&path, connections),
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

    /// The same database over connections of its own, so many of them: whoever uses up the others
    /// does not stop whoever has these. SQLite's one writer is shared all the same.
    ///
    /// # Errors
    /// [`Error::Internal`] outside of a runtime.
    pub fn with_own_connections(&self, connections: usize) -> Result<Self> {
        let pools = match (&self.0.pools, &self.0.url) {
            (Pools::Sqlite { writer, readers }, _) => Pools::Sqlite {
                writer: writer.clone(),
                readers: readers.another(connections),
            },
            (Pools::Pg(_), DatabaseUrl::Postgres(url)) => {
                Pools::Pg(pools::postgres(url.expose_secret(), connections)?)
            }
            (Pools::Pg(pool), DatabaseUrl::Sqlite(_)) => Pools::Pg(pool.clone()),
        };
        Ok(Self(Arc::new(Inner {
            pools,
            ..Inner::clone(&self.0)
        })))
    }

    /// A connection for reading, outside of a transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read(&self) -> Result<Conn> {
        let link = match &self.0.pools {
            Pools::Pg(pool) => Link::Pg(self.within(get_pg(pool)).await?),
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
            Pools::Pg(pool) => Link::Pg(self.within(get_pg(pool)).await?),
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
        let Conn { link, mut notes } = self.write().await?;
        notes.hold();
        match link {
            Link::Pg(mut c) => {
                to_the_end(async move {
                    PgTransactions::begin_transaction(&mut c).await?;
                    let link = Link::Pg(c);
                    Ok(Tx(Some(Conn { link, notes })))
                })
                .await
            }
            Link::Sqlite(mut c) => {
                c.spawn_blocking(|c| {
                    AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")
                })
                .await?;
                let link = Link::Sqlite(c);
                Ok(Tx(Some(Conn { link, notes })))
            }
        }
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
    async fn within<T>(&self, get: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(self.0.acquire_timeout, get)
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable("no free database connection".into())))
    }
}

async fn get_pg(pool: &Pool<AsyncPgConnection>) -> Result<Object<AsyncPgConnection>> {
    let connection = pool.get().await;
    connection.map_err(|error| Error::Unavailable(error.to_string()))
}

/// Goes on when the caller is gone: a connection whose transaction was broken off while it began or
/// ended is of no use to its pool, and a new one costs PostgreSQL a process.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let ended = tokio::spawn(work).await;
    ended.unwrap_or_else(|error| Err(Error::Internal(error.to_string())))
}

/// An open transaction. Dropping it without [`Tx::commit`] rolls back.
pub struct Tx(Option<Conn>);

impl Tx {
    /// Makes everything that was done durable and visible, and rings the signals that were noted.
    ///
    /// # Errors
    /// [`Error`]; then nothing of the transaction remains.
    pub async fn commit(mut self) -> Result<()> {
        let Some(Conn { link, mut notes }) = self.0.take() else {
            return Ok(());
        };
        match link {
            Link::Pg(mut c) => {
                to_the_end(async move {
                    PgTransactions::commit_transaction(&mut c).await?;
                    notes.ring();
                    Ok(())
                })
                .await
            }
            // It rings on the connection's thread: the caller may be gone by then.
            Link::Sqlite(mut c) => {
                let commit = c.spawn_blocking(move |c| {
                    AnsiTransactionManager::commit_transaction(c)?;
                    notes.ring();
                    Ok(())
                });
                Ok(commit.await?)
            }
        }
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
        // SQLite's connections roll back by themselves, on their way to the pool.
        let (Some(Link::Pg(mut c)), Ok(runtime)) = (
            self.0.take().map(|conn| conn.link),
            tokio::runtime::Handle::try_current(),
        ) else {
            return;
        };
        // A connection whose rollback fails is broken; its pool sees that and drops it.
        runtime.spawn(async move { drop(PgTransactions::rollback_transaction(&mut c).await) });
    }
}

type PgTransactions = <Object<AsyncPgConnection> as AsyncConnection>::TransactionManager;

//! Connections to the embedded store, and the pool that lends them.
//!
//! A request can end at any moment, because its caller went away: then the future that used a
//! connection is dropped while its statement still runs. So each connection has a thread of its
//! own ([`JobThread`]) that runs what it is given in order, and giving a connection back is one more
//! job: roll back what is open, then return to the pool. The next borrower never meets a statement
//! of the last one.

mod job_thread;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::{
    Connection, QueryResult, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Error, Result};
use job_thread::JobThread;

/// SQLite behind its thread. Diesel's asynchronous transactions are not for it: they panic when the
/// future of a statement was dropped before.
pub(crate) type Lite = SyncConnectionWrapper<SqliteConnection, JobThread>;

/// `synchronous = FULL`: what was committed survives a power cut, too; with NORMAL a checkpoint
/// could lose the last commits.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;";

/// Lends connections to one file, first come, first served. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LitePool(Arc<PoolState>);

struct PoolState {
    path: String,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Resident>>,
}

/// A connection and its thread.
struct Resident {
    lite: Lite,
    thread: JobThread,
}

/// A borrowed connection; it returns to its pool when dropped.
pub struct Borrowed {
    /// There until it is dropped.
    loan: Option<Loan>,
}

struct Loan {
    resident: Resident,
    pool: LitePool,
    place: OwnedSemaphorePermit,
}

impl LitePool {
    /// Connects only when a connection is asked for.
    pub(crate) fn new(path: &str, size: usize) -> Self {
        Self(Arc::new(PoolState {
            path: path.to_owned(),
            places: Arc::new(Semaphore::new(size)),
            idle: Mutex::default(),
        }))
    }

    /// A pool of its own for the same file.
    pub(crate) fn another(&self, size: usize) -> Self {
        Self::new(&self.0.path, size)
    }

    /// Waits for a connection.
    pub(crate) async fn get(&self) -> Result<Borrowed> {
        let place = self.0.places.clone().acquire_owned().await;
        let place = place.map_err(|error| Error::Internal(error.to_string()))?;
        let idle = self.idle().pop();
        let resident = match idle {
            Some(resident) => resident,
            None => Resident::connect(self.0.path.clone()).await?,
        };
        let pool = self.clone();
        let loan = Loan {
            resident,
            pool,
            place,
        };
        Ok(Borrowed { loan: Some(loan) })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Resident>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resident {
    async fn connect(path: String) -> Result<Self> {
        let mut thread = JobThread::start();
        let connected = thread.spawn_blocking(move || {
            let mut c = SqliteConnection::establish(&path).map_err(|error| error.to_string())?;
            let set_up = c.batch_execute(PRAGMAS);
            set_up.map_err(|error| error.to_string()).map(|()| c)
        });
        let connection = connected
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
            .map_err(Error::Unavailable)?;
        Ok(Self {
            lite: Lite::with_runtime(connection, thread.clone()),
            thread,
        })
    }
}

impl Loan {
    /// Sends two jobs behind whatever still runs: nobody waits for them, and no runtime is needed.
    /// A connection that cannot be cleaned is closed; its place is free for a new one.
    fn give_back(mut self) {
        let thread = self.resident.thread.clone();
        let cleaned = self.resident.lite.spawn_blocking(roll_back_all);
        thread.run(move || {
            let Self {
                resident,
                pool,
                place,
            } = self;
            match cleaned.now_or_never() {
                Some(Ok(())) => pool.idle().push(resident),
                Some(Err(error)) => {
                    tracing::warn!(%error, "a connection to the embedded store is replaced");
                }
                None => {}
            }
            drop(place);
        });
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        self.loan.take().into_iter().for_each(Loan::give_back);
    }
}

impl std::ops::Deref for Borrowed {
    type Target = Lite;
    fn deref(&self) -> &Lite {
        match &self.loan {
            Some(loan) => &loan.resident.lite,
            None => unreachable!("only drop takes the connection"),
        }
    }
}

impl std::ops::DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut Lite {
        match &mut self.loan {
            Some(loan) => &mut loan.resident.lite,
            None => unreachable!("only drop takes the connection"),
        }
    }
}

/// Rolls back whatever is open.
fn roll_back_all(c: &mut SqliteConnection) -> QueryResult<()> {
    while AnsiTransactionManager::transaction_manager_status_mut(c)
        .transaction_depth()?
        .is_some()
    {
        AnsiTransactionManager::rollback_transaction(c)?;
    }
    Ok(())
}

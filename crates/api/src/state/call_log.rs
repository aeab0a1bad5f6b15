//! The call log: rows of calls, written in groups, so that many calls at once cost few commits.

use storage::{
    Db,
    calls::{self, Call},
};
use tokio::sync::{mpsc, oneshot};

/// Most rows of one group, and most that wait for theirs.
const GROUP: usize = 256;
const WAITING: usize = 1024;

/// Where calls are written down. Cheap to clone.
#[derive(Clone)]
pub(crate) struct CallLog(mpsc::Sender<LogEntry>);

struct LogEntry {
    call: Call,
    written: oneshot::Sender<storage::Result<()>>,
}

impl CallLog {
    /// Starts the writer; it ends with the last clone.
    pub(crate) fn start(db: Db) -> Self {
        let (sender, entries) = mpsc::channel(WAITING);
        tokio::spawn(write(db, entries));
        Self(sender)
    }

    /// Writes a call down; returns when it is durable.
    ///
    /// # Errors
    /// [`storage::Error`] of the database; then it is not written down.
    pub(crate) async fn add(&self, call: Call) -> storage::Result<()> {
        let gone = || storage::Error::Unavailable("the call log has stopped".into());
        let (written, result) = oneshot::channel();
        self.0
            .send(LogEntry { call, written })
            .await
            .map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }
}

/// Writes whatever has come while the last group was being written.
async fn write(db: Db, mut entries: mpsc::Receiver<LogEntry>) {
    let mut group = Vec::with_capacity(GROUP);
    while entries.recv_many(&mut group, GROUP).await > 0 {
        let (calls, waiting): (Vec<_>, Vec<_>) = group
            .drain(..)
            .map(|entry| (entry.call, entry.written))
            .unzip();
        let results = write_group(&db, &calls).await;
        // Whoever does not wait any more does not need to know.
        waiting
            .into_iter()
            .zip(results)
            .for_each(|(written, result)| drop(written.send(result)));
    }
}

async fn write_group(db: &Db, calls: &[Call]) -> Vec<storage::Result<()>> {
    let mut conn = match db.write().await {
        Ok(conn) => conn,
        Err(error) => return vec![Err(error); calls.len()],
    };
    vec![calls::insert(&mut conn, calls).await; calls.len()]
}

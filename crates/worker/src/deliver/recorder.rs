//! The way into the recording task.

use tokio::sync::mpsc;

use crate::deliver::entry::RecordEntry;

/// Entries that wait to be recorded, at most.
const ENTRIES: usize = 1024;

/// Where entries go in. Cheap to clone; recording ends when all clones are gone.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<RecordEntry>);

/// Room for one entry.
pub(crate) struct EntryPermit<'a>(Option<mpsc::Permit<'a, RecordEntry>>);

/// The way into a recorder, and what it reads.
pub(crate) fn channel() -> (Recorder, mpsc::Receiver<RecordEntry>) {
    let (sender, entries) = mpsc::channel(ENTRIES);
    (Recorder(sender), entries)
}

impl Recorder {
    /// Waits for room. While the database is away, everything waits here.
    pub(crate) async fn reserve(&self) -> EntryPermit<'_> {
        EntryPermit(self.0.reserve().await.ok())
    }
}

impl EntryPermit<'_> {
    /// Puts an entry in. When recording has ended, which it only does when it is given up, the
    /// entry is dropped; its receipts are released with it, and its leases run out.
    pub(crate) fn enter(self, entry: RecordEntry) {
        if let Some(permit) = self.0 {
            permit.send(entry);
        }
    }
}

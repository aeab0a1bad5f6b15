//! What is kept in memory of tables whose changes are counted: it is read again when the counter
//! has moved, and not before.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use super::{
    conn::Conn,
    error::Result,
    revisions::{self, Revision},
};

/// The last snapshot of something counted. Cheap to clone; all clones share it.
#[derive(Debug)]
pub struct Followed<S> {
    shared: Arc<FollowedState<S>>,
}

#[derive(Debug)]
struct FollowedState<S> {
    of: Revision,
    last: RwLock<Arc<S>>,
    /// The revision of `last`. It is held during a refresh, so that an older snapshot cannot
    /// replace a newer one.
    revision: Mutex<Option<i64>>,
}

impl<S> Clone for Followed<S> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<S: Default> Followed<S> {
    /// An empty snapshot, until it is read for the first time.
    pub fn new(of: Revision) -> Self {
        let shared = FollowedState {
            of,
            last: RwLock::default(),
            revision: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl<S> Followed<S> {
    /// What was read last.
    pub fn last(&self) -> Arc<S> {
        self.shared
            .last
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The snapshot as it is now: one look at the revision, and no more when nothing changed.
    /// Otherwise `read` makes a new one; it is given the old one, to keep what did not change. When
    /// it fails, the old one stays.
    pub async fn now(
        &self,
        conn: &mut Conn,
        read: impl AsyncFnOnce(&mut Conn, &S) -> Result<S>,
    ) -> Result<Arc<S>> {
        let mut known = self.shared.revision.lock().await;
        // Read before the rows: a change in between is seen next time.
        let revision = revisions::read(conn, self.shared.of).await?;
        let old = self.last();
        if *known == Some(revision) {
            return Ok(old);
        }
        let new = Arc::new(read(conn, &old).await?);
        *self
            .shared
            .last
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new.clone();
        *known = Some(revision);
        Ok(new)
    }
}

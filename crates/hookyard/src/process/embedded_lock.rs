//! One process for each embedded store.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
};

use storage::DatabaseUrl;

use crate::exit::{CommandError, usage};

/// Keeps a second `serve`, `api` or `worker` off an embedded store for as long as the file is held;
/// the system frees it whenever the process ends. Two would miss each other's signals, and a worker
/// takes over at start what a dead one had claimed.
pub(super) fn lock(url: &DatabaseUrl) -> Result<Option<File>, CommandError> {
    let Some(store) = url.file() else {
        return Ok(None);
    };
    let path = store.display();
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(format!("{path}.worker.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(usage(format!(
            "another process works on {path}: an embedded store has one, which is `hookyard serve`; stop it, \
             set another data_dir or database.url for this one, or use PostgreSQL"
        ))),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_locked_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("hookyard.db"));
        let first = lock(&url).unwrap();
        assert!(first.is_some());
        assert!(matches!(lock(&url), Err(CommandError::Usage(_))));
        drop(first);
        assert!(lock(&url).unwrap().is_some());
    }
}

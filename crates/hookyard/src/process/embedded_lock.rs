//! One worker for each embedded store.

use std::fs::{File, TryLockError};

use storage::DatabaseUrl;

use crate::exit::{CommandError, usage};

/// Keeps a second worker off an embedded store for as long as the file is held: at start, a worker
/// takes over everything that a dead one had claimed, so it must be the only one.
pub(super) fn lock(url: &DatabaseUrl) -> Result<Option<File>, CommandError> {
    let Some(store) = url.file() else {
        return Ok(None);
    };
    let path = store.display();
    let file = File::create(format!("{path}.worker.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(usage(format!(
            "another worker has {path} open; stop it, or set another data_dir or database.url for this one"
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

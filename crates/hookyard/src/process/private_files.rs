//! The files of the embedded store are its owner's alone: they hold addresses, secrets and the key
//! that opens them.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::config::Config;

const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;
/// What SQLite and the process put beside the store.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ".worker.lock"];

/// Makes the folder and an empty store when they are missing, and takes the rights of others off
/// what is there. SQLite gives the files beside the store the rights of the store itself.
pub(super) fn prepare(config: &Config) -> anyhow::Result<()> {
    let url = config.database_url();
    let Some(store) = url.file() else {
        return Ok(());
    };
    let folder = store.parent().filter(|path| !path.as_os_str().is_empty());
    if let Some(folder) = folder {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(FOLDER)
            .create(folder);
        made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    create(store).with_context(|| format!("cannot make {}", store.display()))?;
    let key = config.master_key_file();
    let beside = BESIDE.map(|end| PathBuf::from(format!("{}{end}", store.display())));
    for file in [store, &key]
        .into_iter()
        .chain(beside.iter().map(PathBuf::as_path))
    {
        tighten(file, FILE)?;
    }
    // A folder that others use as well, such as /tmp, is not ours to close.
    match folder {
        Some(folder) if is_ours(folder, store)? => tighten(folder, FOLDER),
        _ => Ok(()),
    }
}

/// An empty file is an empty store.
fn create(store: &Path) -> io::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE)
        .open(store);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether there is nothing in a folder but the store and its key.
fn is_ours(folder: &Path, store: &Path) -> io::Result<bool> {
    let store = store.file_name().unwrap_or_default().as_encoded_bytes();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != "master.key" && !name.as_encoded_bytes().starts_with(store) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Leaves a file to its owner.
fn tighten(path: &Path, mode: u32) -> anyhow::Result<()> {
    let found = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot see {}", path.display())),
    };
    if found & 0o077 == 0 {
        return Ok(());
    }
    let set = fs::set_permissions(path, Permissions::from_mode(mode));
    set.with_context(|| {
        let path = path.display();
        format!("{path} is open to others (mode {found:o}) and cannot be closed; run: chmod {mode:o} {path}")
    })?;
    tracing::warn!(path = %path.display(), was = %format!("{found:o}"), now = %format!("{mode:o}"),
        "others could read this; closed it to all but its owner");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_folder_that_others_use_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("hookyard.db");
        for name in ["hookyard.db", "hookyard.db-wal", "master.key"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert!(is_ours(folder.path(), &store).unwrap());
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert!(!is_ours(folder.path(), &store).unwrap());
    }

    #[test]
    fn what_is_closed_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (was, expected) in [(0o644, 0o600), (0o400, 0o400), (0o600, 0o600)] {
            fs::set_permissions(&file, Permissions::from_mode(was)).unwrap();
            tighten(&file, FILE).unwrap();
            assert_eq!(mode(&file), expected);
        }
        assert!(tighten(&folder.path().join("none"), FILE).is_ok());
    }
}

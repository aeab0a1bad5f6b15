//! The generated master key of the embedded store: a file that only its owner may read.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use domain::vault::MasterKey;

use crate::exit::{Failure, usage};

pub(super) fn read_or_create(data_dir: &Path) -> Result<MasterKey, Failure> {
    fs::create_dir_all(data_dir)
        .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
    let path = data_dir.join("master.key");
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
    {
        Ok(mut file) => {
            let key = MasterKey::generate();
            let written = file
                .write_all(key.to_text().as_bytes())
                .and_then(|()| file.sync_all());
            written.with_context(|| format!("cannot write {}", path.display()))?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            MasterKey::parse(&text).map_err(|error| usage(format!("{}: {error}", path.display())))
        }
        Err(error) => Err(anyhow::Error::new(error)
            .context(format!("cannot make {}", path.display()))
            .into()),
    }
}

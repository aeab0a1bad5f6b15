//! The key of all stored secrets: a configured one, or with the embedded store a file that only its
//! owner may read.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use domain::vault::MasterKey;
use secrecy::ExposeSecret;

use super::Config;
use crate::exit::{CommandError, usage};

impl Config {
    /// The key of all stored secrets; with the embedded store it is made when there is none.
    pub(crate) fn master_key(&self) -> Result<MasterKey, CommandError> {
        match &self.secrets.master_key {
            Some(text) => MasterKey::parse(text.expose_secret())
                .map_err(|error| usage(format!("secrets.master_key: {error}"))),
            None if self.database_url().is_embedded() => read_or_create(&self.master_key_file()),
            None => Err(usage(
                "secrets.master_key must be set with PostgreSQL, the same in every process; \
                 make one with: head -c 32 /dev/urandom | base64",
            )),
        }
    }

    /// Whether asking for the key would make a new one.
    pub(crate) fn would_make_master_key(&self) -> bool {
        self.secrets.master_key.is_none()
            && self.database_url().is_embedded()
            && !self.master_key_file().exists()
    }

    /// Where a generated key is kept.
    pub(crate) fn master_key_file(&self) -> PathBuf {
        self.data_dir.join("master.key")
    }
}

fn read_or_create(path: &Path) -> Result<MasterKey, CommandError> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    }
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
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
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            MasterKey::parse(&text).map_err(|error| usage(format!("{}: {error}", path.display())))
        }
        Err(error) => Err(anyhow::Error::new(error)
            .context(format!("cannot make {}", path.display()))
            .into()),
    }
}

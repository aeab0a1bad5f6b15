//! Whether the master key is the store's. A process with another one would fail what it cannot open,
//! and seal new secrets that nobody else can.

use domain::vault::Vault;
use storage::{
    Conn, Db,
    master_key_check::{self, SealedSecret},
};

use crate::{
    config::Config,
    exit::{CommandError, usage},
};

const CONTEXT: &str = "master key check";

/// What is known about a key and a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFit {
    Opens,
    DoesNotOpen,
    /// Nothing is sealed yet.
    NothingSealed,
}

/// The vault under the configured key, once it is certain that it is the store's.
pub(super) async fn open_vault(config: &Config, db: &Db) -> Result<Vault, CommandError> {
    if is_lost(config, db).await? {
        let file = config.master_key_file();
        return Err(usage(format!(
            "{} is missing, and the store holds secrets that only this key opens; put it back from your backup. \
             No new key is made for a store that holds secrets",
            file.display()
        )));
    }
    let vault = Vault::new(&config.master_key()?);
    let mut conn = db.write().await?;
    let mut found = fit(&mut conn, &vault).await?;
    if found != KeyFit::DoesNotOpen && !is_checked(&mut conn).await? {
        let check = vault.seal(CONTEXT, b"");
        master_key_check::insert_first(&mut conn, &check).await?;
        // Another process may have been faster, with another key.
        found = fit(&mut conn, &vault).await?;
    }
    if found == KeyFit::DoesNotOpen {
        return Err(usage(
            "the master key does not open the secrets of this store: they were stored with another one. \
             Set secrets.master_key (or the file master.key in the data folder) to the key of the processes that stored them",
        ));
    }
    Ok(vault)
}

/// Whether the key would have to be made anew for a store that has secrets already.
pub(crate) async fn is_lost(config: &Config, db: &Db) -> storage::Result<bool> {
    if !config.would_make_master_key() {
        return Ok(false);
    }
    let mut conn = db.read().await?;
    Ok(is_checked(&mut conn).await? || master_key_check::newest_secret(&mut conn).await?.is_some())
}

/// Whether a vault opens what is sealed in a store.
pub(crate) async fn fit(conn: &mut Conn, vault: &Vault) -> storage::Result<KeyFit> {
    let sealed = match master_key_check::find(conn).await? {
        Some(sealed) => Some(SealedSecret {
            context: CONTEXT.into(),
            sealed,
        }),
        // Stores of before the check.
        None => master_key_check::newest_secret(conn).await?,
    };
    Ok(match sealed {
        None => KeyFit::NothingSealed,
        Some(secret) if vault.open(&secret.context, &secret.sealed).is_ok() => KeyFit::Opens,
        Some(_) => KeyFit::DoesNotOpen,
    })
}

async fn is_checked(conn: &mut Conn) -> storage::Result<bool> {
    Ok(master_key_check::find(conn).await?.is_some())
}

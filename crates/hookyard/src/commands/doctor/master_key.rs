//! Whether the master key opens what was sealed before.

use domain::vault::Vault;
use storage::Db;

use super::{Finding, Flaw, database::LOOK_AT_IT};
use crate::{
    config::Config,
    exit::CommandError,
    process::master_key::{self, KeyFit},
};

pub(super) async fn check(config: &Config, db: &Db) -> Finding {
    let fit = match fit(config, db).await {
        Ok(Some(fit)) => fit,
        Ok(None) => {
            let file = config.master_key_file();
            return Flaw::found(
                format!("{} is missing", file.display()),
                "put it back; without it, what was stored with it is lost",
            );
        }
        Err(KeyProblem::Key(error)) => {
            let fix = "set secrets.master_key to the key of the other processes";
            return Flaw::found(error, fix);
        }
        Err(KeyProblem::Store(error)) => return Flaw::found(error, LOOK_AT_IT),
    };
    match fit {
        KeyFit::NothingSealed => Ok("can be used; no secret is stored yet".into()),
        KeyFit::Opens => Ok("opens the stored secrets".into()),
        KeyFit::DoesNotOpen => Flaw::found(
            "does not open the stored secrets",
            "put the key back with which they were stored",
        ),
    }
}

enum KeyProblem {
    Key(CommandError),
    Store(storage::Error),
}

impl From<storage::Error> for KeyProblem {
    fn from(error: storage::Error) -> Self {
        Self::Store(error)
    }
}

/// `None`: the key is lost. A key is never made here.
async fn fit(config: &Config, db: &Db) -> Result<Option<KeyFit>, KeyProblem> {
    if config.would_make_master_key() {
        let is_lost = master_key::is_lost(config, db).await?;
        return Ok((!is_lost).then_some(KeyFit::NothingSealed));
    }
    let key = config.master_key().map_err(KeyProblem::Key)?;
    let mut conn = db.read().await?;
    Ok(Some(master_key::fit(&mut conn, &Vault::new(&key)).await?))
}

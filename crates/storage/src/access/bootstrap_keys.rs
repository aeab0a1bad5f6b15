//! Which API keys came from the configuration.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::api_keys::{self, ApiKey};
use crate::database::{
    conn::Conn,
    error::Result,
    schema::{api_keys as keys, bootstrap_keys},
};

/// What became of the configured key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootstrapped {
    /// It works.
    Works,
    /// It was revoked, and stays so.
    Revoked,
}

/// Makes the configured key the only one from a configuration: earlier ones are removed, and one that
/// was revoked is not made again. Belongs into a transaction.
pub async fn replace(conn: &mut Conn, key: &ApiKey) -> Result<Bootstrapped> {
    remove_others(conn, &key.key_hash).await?;
    let is_new = on!(&mut *conn, |c| diesel::insert_into(bootstrap_keys::table)
        .values(bootstrap_keys::key_hash.eq(&key.key_hash))
        .on_conflict_do_nothing()
        .execute(c))?
        == 1;
    if is_new {
        // A key of the same value that somebody made otherwise stays as it is.
        api_keys::insert(conn, key).await?;
        return Ok(Bootstrapped::Works);
    }
    let remains = on!(conn, |c| diesel::select(diesel::dsl::exists(
        keys::table.filter(keys::key_hash.eq(&key.key_hash))
    ))
    .get_result::<bool>(c))?;
    Ok(if remains {
        Bootstrapped::Works
    } else {
        Bootstrapped::Revoked
    })
}

/// Removes every key that came from a configuration. Belongs into a transaction.
pub async fn remove(conn: &mut Conn) -> Result<()> {
    remove_others(conn, &[]).await
}

/// What was revoked stays noted.
async fn remove_others(conn: &mut Conn, hash: &[u8]) -> Result<()> {
    let found: Vec<Vec<u8>> = on!(&mut *conn, |c| bootstrap_keys::table
        .select(bootstrap_keys::key_hash)
        .filter(bootstrap_keys::key_hash.ne(hash))
        .load(c))?;
    for hash in found {
        let removed = on!(&mut *conn, |c| diesel::delete(
            keys::table.filter(keys::key_hash.eq(&hash))
        )
        .execute(c))?;
        if removed > 0 {
            on!(&mut *conn, |c| diesel::delete(
                bootstrap_keys::table.filter(bootstrap_keys::key_hash.eq(&hash))
            )
            .execute(c))?;
        }
    }
    Ok(())
}

//! The secrets of set-password links, hashed.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, id::UserId, secret::SecretHash};

use crate::database::{
    conn::Conn,
    error::{OptionalRow, Result},
    schema::password_tokens,
    sql_types::Sql,
};

record! {
    /// A row of `password_tokens`.
    password_tokens: PasswordToken {
        token_hash: Vec<u8>,
        user_id: UserId,
        expires_at: Instant,
    }
}

/// Adds a token.
///
/// # Errors
/// [`crate::Error::Dangling`] when its user is gone.
pub async fn insert(conn: &mut Conn, token: &PasswordToken) -> Result<()> {
    on!(conn, |c| diesel::insert_into(password_tokens::table)
        .values(token.clone())
        .execute(c))
    .map(drop)
}

/// Whose token this is, while it lasts.
pub async fn user_of(conn: &mut Conn, hash: &SecretHash, now: Instant) -> Result<Option<UserId>> {
    let valid = password_tokens::table
        .find(hash.as_slice())
        .filter(password_tokens::expires_at.gt(Sql(now)));
    on!(conn, |c| valid.select(password_tokens::user_id).first(c)).optional()
}

/// Removes all tokens of a user; gives their hashes.
pub async fn clear(conn: &mut Conn, user_id: UserId) -> Result<Vec<Vec<u8>>> {
    let theirs = password_tokens::table.filter(password_tokens::user_id.eq(Sql(user_id)));
    on!(conn, |c| diesel::delete(theirs)
        .returning(password_tokens::token_hash)
        .get_results(c))
}

/// Removes all tokens of a user; says whether this one was still among them.
pub async fn use_up(conn: &mut Conn, hash: &SecretHash, user_id: UserId) -> Result<bool> {
    Ok(clear(conn, user_id)
        .await?
        .iter()
        .any(|removed| removed == hash))
}

/// Removes up to `limit` tokens that expired; says how many.
pub async fn prune(conn: &mut Conn, now: Instant, limit: i64) -> Result<usize> {
    let expired = password_tokens::table.filter(password_tokens::expires_at.le(Sql(now)));
    let hashes: Vec<Vec<u8>> = on!(&mut *conn, |c| expired
        .select(password_tokens::token_hash)
        .limit(limit)
        .load(c))?;
    on!(conn, |c| diesel::delete(
        password_tokens::table.filter(password_tokens::token_hash.eq_any(&hashes))
    )
    .execute(c))
}

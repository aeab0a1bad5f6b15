//! The answers of requests that carried an `Idempotency-Key`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::Instant;

use crate::database::{conn::Conn, error::Result, schema::idempotency_keys, sql_types::Sql};

record! {
    /// A row of `idempotency_keys`.
    idempotency_keys: IdempotencyKey {
        /// SHA-256 of the caller and the key.
        key_hash: Vec<u8>,
        /// A keyed tag of method, path and body.
        fingerprint: Vec<u8>,
        /// The sealed answer; `None` while the first request runs.
        answer: Option<Vec<u8>>,
        /// Until when a request without an answer counts as running.
        locked_until: Instant,
        expires_at: Instant,
    }
}

/// What a request with a key has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is the first: run it, then [`finish`] or [`abandon`].
    First,
    /// The first one still runs.
    Running,
    /// The first one had another body.
    OtherRequest,
    /// The first one's sealed answer.
    Answered(Vec<u8>),
}

/// Takes a key for a request. The unique row is the lock; a row that expired or whose holder died
/// is taken over.
pub async fn claim(conn: &mut Conn, mine: &IdempotencyKey, now: Instant) -> Result<Claim> {
    let added = on!(conn, |c| diesel::insert_into(idempotency_keys::table)
        .values(mine.clone())
        .on_conflict_do_nothing()
        .execute(c))?;
    if added == 1 {
        return Ok(Claim::First);
    }
    let dead = idempotency_keys::expires_at
        .le(Sql(now))
        .or(idempotency_keys::answer
            .is_null()
            .and(idempotency_keys::locked_until.le(Sql(now))));
    let row = idempotency_keys::table
        .find(mine.key_hash.as_slice())
        .filter(dead);
    if on!(conn, |c| diesel::update(row).set(mine.clone()).execute(c))? == 1 {
        return Ok(Claim::First);
    }
    let row = idempotency_keys::table.find(mine.key_hash.as_slice());
    let theirs: IdempotencyKey = on!(conn, |c| row.select(IdempotencyKey::as_select()).first(c))?;
    Ok(match theirs.answer {
        _ if theirs.fingerprint != mine.fingerprint => Claim::OtherRequest,
        None => Claim::Running,
        Some(answer) => Claim::Answered(answer),
    })
}

/// Keeps the answer of a request that has run.
pub async fn finish(conn: &mut Conn, key_hash: &[u8], answer: &[u8]) -> Result<()> {
    let row = idempotency_keys::table.find(key_hash);
    on!(conn, |c| diesel::update(row)
        .set(idempotency_keys::answer.eq(Some(answer)))
        .execute(c))
    .map(drop)
}

/// Frees a key whose request failed on our side, so that it can be tried again.
pub async fn abandon(conn: &mut Conn, key_hash: &[u8]) -> Result<()> {
    let row = idempotency_keys::table
        .find(key_hash)
        .filter(idempotency_keys::answer.is_null());
    on!(conn, |c| diesel::delete(row).execute(c)).map(drop)
}

/// Removes up to `limit` keys that expired; says how many.
pub async fn prune(conn: &mut Conn, now: Instant, limit: i64) -> Result<usize> {
    let expired = idempotency_keys::table.filter(idempotency_keys::expires_at.le(Sql(now)));
    let hashes: Vec<Vec<u8>> = on!(&mut *conn, |c| expired
        .select(idempotency_keys::key_hash)
        .limit(limit)
        .load(c))?;
    on!(conn, |c| diesel::delete(
        idempotency_keys::table.filter(idempotency_keys::key_hash.eq_any(&hashes))
    )
    .execute(c))
}

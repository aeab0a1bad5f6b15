//! API keys.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, api_key::Scope, id::ApiKeyId, secret::SecretHash};

use crate::database::{
    conn::Conn,
    error::{Error, OptionalRow, Result},
    page::{Page, Window},
    schema::api_keys,
    sql_types::{JsonText, Sql},
};

record! {
    /// A row of `api_keys`.
    api_keys: ApiKey {
        id: ApiKeyId,
        name: String,
        /// The first characters of the key, to tell keys apart.
        hint: String,
        scopes: JsonText<Vec<Scope>>,
        key_hash: Vec<u8>,
        created_at: Instant,
        expires_at: Option<Instant>,
    }
}

/// The API key with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: ApiKeyId) -> Result<ApiKey> {
    on!(conn, |c| api_keys::table
        .find(Sql(id))
        .select(ApiKey::as_select())
        .first(c))
}

/// The API key with this hash.
pub async fn find_by_hash(conn: &mut Conn, hash: &SecretHash) -> Result<Option<ApiKey>> {
    on!(conn, |c| api_keys::table
        .filter(api_keys::key_hash.eq(hash.as_slice()))
        .select(ApiKey::as_select())
        .first(c))
    .optional()
}

/// A page of API keys, newest first.
pub async fn list(conn: &mut Conn, window: &Window) -> Result<Page<ApiKey>> {
    let rows = on!(conn, |c| {
        let query = api_keys::table.select(ApiKey::as_select()).into_boxed();
        window!(query, api_keys::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Whether there is any API key.
pub async fn any(conn: &mut Conn) -> Result<bool> {
    on!(conn, |c| diesel::select(diesel::dsl::exists(
        api_keys::table.select(api_keys::id)
    ))
    .get_result(c))
}

/// Adds an API key; one with the same hash stays as it is. Says whether it was added.
pub async fn insert(conn: &mut Conn, key: &ApiKey) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(api_keys::table)
        .values(key.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Revokes an API key.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: ApiKeyId) -> Result<()> {
    match on!(conn, |c| diesel::delete(api_keys::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

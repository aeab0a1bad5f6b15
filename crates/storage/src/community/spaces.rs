//! Spaces.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, community::Privacy, id::SpaceId};

use crate::database::{
    conn::{Conn, Link, Tx},
    error::{Error, Result},
    page::{Page, Window, contains},
    schema::spaces,
    sql_types::Sql,
};

record! {
    /// A row of `spaces`.
    spaces: Space {
        id: SpaceId,
        title: String,
        slug: String,
        description: Option<String>,
        privacy: Privacy,
        search: String,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
    }
}

/// The space with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: SpaceId) -> Result<Space> {
    on!(conn, |c| spaces::table
        .find(Sql(id))
        .select(Space::as_select())
        .first(c))
}

/// The space with this id, kept from others until the transaction ends: nobody can refer to it
/// anew, while it is to be deleted.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &mut Tx, id: SpaceId) -> Result<Space> {
    let row = spaces::table.find(Sql(id));
    Ok(match &mut tx.link {
        Link::Pg(c) => {
            row.select(Space::as_select())
                .for_update()
                .get_result(c)
                .await?
        }
        // Only one transaction writes at a time.
        Link::Sqlite(c) => row.select(Space::as_select()).get_result(c).await?,
    })
}

/// Those of these spaces that exist, in no order.
pub async fn find_all(conn: &mut Conn, ids: &[SpaceId]) -> Result<Vec<Space>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| spaces::table
        .filter(spaces::id.eq_any(ids.iter().map(Sql)))
        .select(Space::as_select())
        .load(c))
}

/// A page of spaces, newest first; `search` is part of title or slug.
pub async fn list(conn: &mut Conn, search: Option<&str>, window: &Window) -> Result<Page<Space>> {
    let rows = on!(conn, |c| {
        let mut query = spaces::table.select(Space::as_select()).into_boxed();
        if let Some(search) = search {
            query = query.filter(spaces::search.like(contains(search)).escape('\\'));
        }
        window!(query, spaces::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds a space unless its slug is taken; says whether it was added. A taken slug does not spoil
/// the transaction.
pub async fn try_insert(conn: &mut Conn, space: &Space) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(spaces::table)
        .values(space.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Writes a changed space; `space.version` is the version that was read, and is counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster, [`Error::Conflict`] for a slug that is taken.
pub async fn update(conn: &mut Conn, space: &mut Space) -> Result<()> {
    let read = space.version;
    space.version += 1;
    let rows = on!(conn, |c| diesel::update(
        spaces::table
            .find(Sql(space.id))
            .filter(spaces::version.eq(read))
    )
    .set(space.clone())
    .execute(c))?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Removes a space; its memberships go with it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: SpaceId) -> Result<()> {
    match on!(conn, |c| diesel::delete(spaces::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

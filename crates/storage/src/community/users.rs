//! Users.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Instant, community::UserStatus, id::UserId};

use crate::database::{
    conn::{Conn, Link, Tx},
    error::{Error, OptionalRow, Result},
    page::{Page, Window, contains},
    schema::users,
    sql_types::Sql,
};

record! {
    /// A row of `users`.
    users: User {
        id: UserId,
        email: String,
        email_folded: String,
        username: String,
        username_folded: String,
        first_name: String,
        last_name: String,
        display_name: String,
        status: UserStatus,
        /// Argon2id in PHC form; `None` until the user sets a password.
        password_hash: Option<String>,
        search: String,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
    }
}

/// Narrows a list of users.
#[derive(Debug, Default)]
pub struct UserFilter {
    /// The folded address, whole.
    pub email_folded: Option<String>,
    /// Part of name, login or address.
    pub search: Option<String>,
}

/// The user with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: UserId) -> Result<User> {
    on!(conn, |c| users::table
        .find(Sql(id))
        .select(User::as_select())
        .first(c))
}

/// The user with this id, kept from others until the transaction ends: nobody can refer to it
/// anew, while it is to be deleted.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<User> {
    let row = users::table.find(Sql(id));
    Ok(match &mut tx.link {
        Link::Pg(c) => {
            row.select(User::as_select())
                .for_update()
                .get_result(c)
                .await?
        }
        // Only one transaction writes at a time.
        Link::Sqlite(c) => row.select(User::as_select()).get_result(c).await?,
    })
}

/// The user with this folded address.
pub async fn find_by_email(conn: &mut Conn, folded: &str) -> Result<Option<User>> {
    on!(conn, |c| users::table
        .filter(users::email_folded.eq(folded))
        .select(User::as_select())
        .first(c))
    .optional()
}

/// A page of users, newest first.
pub async fn list(conn: &mut Conn, filter: &UserFilter, window: &Window) -> Result<Page<User>> {
    let rows = on!(conn, |c| {
        let mut query = users::table.select(User::as_select()).into_boxed();
        if let Some(email) = &filter.email_folded {
            query = query.filter(users::email_folded.eq(email));
        }
        if let Some(search) = &filter.search {
            query = query.filter(users::search.like(contains(search)).escape('\\'));
        }
        window!(query, users::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds a user.
///
/// # Errors
/// [`Error::Conflict`] for an address or a login that is taken.
pub async fn insert(conn: &mut Conn, user: &User) -> Result<()> {
    on!(conn, |c| diesel::insert_into(users::table)
        .values(user.clone())
        .execute(c))
    .map(drop)
}

/// Adds a user unless the address or the login is taken; says whether it was added. Unlike
/// [`insert`], a conflict does not spoil the transaction.
pub async fn try_insert(conn: &mut Conn, user: &User) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(users::table)
        .values(user.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Which of these folded logins are taken.
pub async fn taken_logins(conn: &mut Conn, folded: &[String]) -> Result<Vec<String>> {
    on!(conn, |c| users::table
        .filter(users::username_folded.eq_any(folded))
        .select(users::username_folded)
        .load(c))
}

/// Writes a changed user; `user.version` is the version that was read, and is counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster, [`Error::Conflict`].
pub async fn update(conn: &mut Conn, user: &mut User) -> Result<()> {
    let read = user.version;
    user.version += 1;
    let rows = on!(conn, |c| diesel::update(
        users::table
            .find(Sql(user.id))
            .filter(users::version.eq(read))
    )
    .set(user.clone())
    .execute(c))?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Removes a user with all memberships and enrollments.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: UserId) -> Result<()> {
    match on!(conn, |c| diesel::delete(users::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

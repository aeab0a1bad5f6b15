//! Memberships: which users belong to which spaces. Diesel's tables are types, so that one set of
//! queries for these and for enrollments would need a macro around all of it; the two stay apart,
//! and what has rules of its own (roles here, completion there) is free to differ.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    community::{MemberStatus, Role},
    id::{MembershipId, SpaceId, UserId},
};

use super::{spaces::Space, users::User};
use crate::database::{
    bulk,
    conn::Conn,
    error::{OptionalRow, Result},
    page::{Page, Window},
    schema::{memberships, spaces, users},
    sql_types::Sql,
};

record! {
    /// A row of `memberships`.
    memberships: Membership {
        id: MembershipId,
        space_id: SpaceId,
        user_id: UserId,
        role: Role,
        status: MemberStatus,
        joined_at: Instant,
    }
}

/// The user's membership in one space.
pub async fn find(
    conn: &mut Conn,
    space_id: SpaceId,
    user_id: UserId,
) -> Result<Option<Membership>> {
    on!(conn, |c| memberships::table
        .filter(memberships::space_id.eq(Sql(space_id)))
        .filter(memberships::user_id.eq(Sql(user_id)))
        .select(Membership::as_select())
        .first(c))
    .optional()
}

/// A page of a space's users, latest first.
pub async fn list_of_space(
    conn: &mut Conn,
    space_id: SpaceId,
    window: &Window,
) -> Result<Page<(Membership, User)>> {
    let rows = on!(conn, |c| {
        let query = memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::space_id.eq(Sql(space_id)))
            .select((Membership::as_select(), User::as_select()))
            .into_boxed();
        window!(query, memberships::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// A page of a user's memberships, latest first.
pub async fn list_of_user(
    conn: &mut Conn,
    user_id: UserId,
    window: &Window,
) -> Result<Page<(Membership, Space)>> {
    let rows = on!(conn, |c| {
        let query = memberships::table
            .inner_join(spaces::table.on(spaces::id.eq(memberships::space_id)))
            .filter(memberships::user_id.eq(Sql(user_id)))
            .select((Membership::as_select(), Space::as_select()))
            .into_boxed();
        window!(query, memberships::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds the membership unless the user has one there; says whether it was added.
///
/// # Errors
/// [`crate::Error::Dangling`] when the space or the user is gone.
pub async fn insert(conn: &mut Conn, membership: &Membership) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(memberships::table)
        .values(membership.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Adds memberships, but none where the user has one; says how many were added.
///
/// # Errors
/// [`Error::Dangling`](crate::Error::Dangling) when a space or the user is gone.
pub async fn insert_all(conn: &mut Conn, rows: Vec<Membership>) -> Result<usize> {
    bulk::add_new(conn, rows).await
}

/// Writes a changed membership.
pub async fn update(conn: &mut Conn, membership: &Membership) -> Result<()> {
    on!(conn, |c| diesel::update(
        memberships::table.find(Sql(membership.id))
    )
    .set(membership.clone())
    .execute(c))
    .map(drop)
}

/// Removes a membership; says whether it was there.
pub async fn delete(conn: &mut Conn, id: MembershipId) -> Result<bool> {
    on!(conn, |c| diesel::delete(memberships::table.find(Sql(id)))
        .execute(c))
    .map(|rows| rows == 1)
}

/// Makes pending memberships active; says how many there were.
pub async fn activate_all(conn: &mut Conn, ids: &[MembershipId], now: Instant) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let pending = memberships::table
        .filter(memberships::id.eq_any(ids.iter().map(Sql)))
        .filter(memberships::status.eq(Sql(MemberStatus::Pending)));
    let active = (
        memberships::status.eq(Sql(MemberStatus::Active)),
        memberships::joined_at.eq(Sql(now)),
    );
    on!(conn, |c| diesel::update(pending).set(active).execute(c))
}

/// Removes memberships; says how many there were.
pub async fn delete_all(conn: &mut Conn, ids: &[MembershipId]) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    on!(conn, |c| diesel::delete(
        memberships::table.filter(memberships::id.eq_any(ids.iter().map(Sql)))
    )
    .execute(c))
}

/// How many active members each of these spaces has; spaces without any are left out.
pub async fn count(conn: &mut Conn, space_ids: &[SpaceId]) -> Result<Vec<(SpaceId, i64)>> {
    if space_ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| memberships::table
        .filter(memberships::space_id.eq_any(space_ids.iter().map(Sql)))
        .filter(memberships::status.eq(Sql(MemberStatus::Active)))
        .group_by(memberships::space_id)
        .select((memberships::space_id, diesel::dsl::count_star()))
        .load(c))
}

use diesel::{QueryResult, SqliteConnection, prelude::*};
use domain::id::{CourseId, SpaceId, UserId};

use super::MembershipSnapshot;
use crate::{
    community::{
        courses::Course, enrollments::Enrollment, memberships::Membership, spaces::Space,
        users::User,
    },
    database::{
        schema::{courses, enrollments, memberships, spaces, users},
        sql_types::Sql,
    },
};

/// Single look-ups by key: SQLite has no round trips to save, and keeps such statements prepared.
pub(super) fn read(
    c: &mut SqliteConnection,
    email_folded: &str,
    space_ids: &[SpaceId],
    course_ids: &[CourseId],
) -> QueryResult<MembershipSnapshot> {
    let user: Option<User> = users::table
        .filter(users::email_folded.eq(email_folded))
        .select(User::as_select())
        .first(c)
        .optional()?;
    let user_id = user.as_ref().map(|user| user.id);
    let mut snapshot = MembershipSnapshot {
        user,
        ..MembershipSnapshot::default()
    };
    for id in space_ids {
        snapshot.spaces.extend(find_in_space(c, user_id, *id)?);
    }
    for id in course_ids {
        snapshot.courses.extend(find_in_course(c, user_id, *id)?);
    }
    Ok(snapshot)
}

fn find_in_space(
    c: &mut SqliteConnection,
    user_id: Option<UserId>,
    id: SpaceId,
) -> QueryResult<Option<(Space, Option<Membership>)>> {
    let row = spaces::table.find(Sql(id)).select(Space::as_select());
    let Some(space) = row.first(c).optional()? else {
        return Ok(None);
    };
    let Some(user_id) = user_id else {
        return Ok(Some((space, None)));
    };
    let membership = memberships::table
        .filter(memberships::space_id.eq(Sql(id)))
        .filter(memberships::user_id.eq(Sql(user_id)))
        .select(Membership::as_select());
    Ok(Some((space, membership.first(c).optional()?)))
}

fn find_in_course(
    c: &mut SqliteConnection,
    user_id: Option<UserId>,
    id: CourseId,
) -> QueryResult<Option<(Course, Option<Enrollment>)>> {
    let row = courses::table.find(Sql(id)).select(Course::as_select());
    let Some(course) = row.first(c).optional()? else {
        return Ok(None);
    };
    let Some(user_id) = user_id else {
        return Ok(Some((course, None)));
    };
    let enrollment = enrollments::table
        .filter(enrollments::course_id.eq(Sql(id)))
        .filter(enrollments::user_id.eq(Sql(user_id)))
        .select(Enrollment::as_select());
    Ok(Some((course, enrollment.first(c).optional()?)))
}

use diesel::{QueryResult, SqliteConnection, prelude::*};
use domain::id::{CourseId, SpaceId};

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
    let mut snapshot = MembershipSnapshot {
        user,
        ..MembershipSnapshot::default()
    };
    for id in space_ids {
        let Some(space) = spaces::table
            .find(Sql(*id))
            .select(Space::as_select())
            .first(c)
            .optional()?
        else {
            continue;
        };
        let membership = match &snapshot.user {
            None => None,
            Some(user) => memberships::table
                .filter(memberships::space_id.eq(Sql(*id)))
                .filter(memberships::user_id.eq(Sql(user.id)))
                .select(Membership::as_select())
                .first(c)
                .optional()?,
        };
        snapshot.spaces.push((space, membership));
    }
    for id in course_ids {
        let Some(course) = courses::table
            .find(Sql(*id))
            .select(Course::as_select())
            .first(c)
            .optional()?
        else {
            continue;
        };
        let enrollment = match &snapshot.user {
            None => None,
            Some(user) => enrollments::table
                .filter(enrollments::course_id.eq(Sql(*id)))
                .filter(enrollments::user_id.eq(Sql(user.id)))
                .select(Enrollment::as_select())
                .first(c)
                .optional()?,
        };
        snapshot.courses.push((course, enrollment));
    }
    Ok(snapshot)
}

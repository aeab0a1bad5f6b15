use diesel::{
    prelude::*,
    sql_types::{Array, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::id::{CourseId, SpaceId};
use futures_util::try_join;

use super::MembershipSnapshot;
use crate::{
    community::{
        courses::Course, enrollments::Enrollment, memberships::Membership, spaces::Space,
        users::User,
    },
    database::{
        error::{Error, OptionalRow, Result},
        row::SqlTypes,
        schema::users,
        sql_types::Guid,
    },
};

statement!(
    FindInSpaces<'a> { ids: Vec<SpaceId>, email: &'a str } -> (SqlTypes<Space>, Nullable<SqlTypes<Membership>>),
    "SELECT ", [columns Space of "s"], ", ", [columns Membership of "m"],
    " FROM spaces s LEFT JOIN memberships m ON m.space_id = s.id \
     AND m.user_id = (SELECT id FROM users WHERE email_folded = ", (email: Text), ") WHERE s.id = ANY(", (ids: Array<Guid>), ")"
);

statement!(
    FindInCourses<'a> { ids: Vec<CourseId>, email: &'a str } -> (SqlTypes<Course>, Nullable<SqlTypes<Enrollment>>),
    "SELECT ", [columns Course of "c"], ", ", [columns Enrollment of "e"],
    " FROM courses c LEFT JOIN enrollments e ON e.course_id = c.id \
     AND e.user_id = (SELECT id FROM users WHERE email_folded = ", (email: Text), ") WHERE c.id = ANY(", (ids: Array<Guid>), ")"
);

/// The three statements are sent at once: one round trip.
pub(super) async fn read(
    c: &AsyncPgConnection,
    email: &str,
    spaces: &[SpaceId],
    courses: &[CourseId],
) -> Result<MembershipSnapshot> {
    let (user, spaces, courses) = try_join!(
        find_user(c, email),
        find_in_spaces(c, email, spaces),
        find_in_courses(c, email, courses)
    )?;
    Ok(MembershipSnapshot {
        user,
        spaces,
        courses,
    })
}

async fn find_user(mut c: &AsyncPgConnection, email: &str) -> Result<Option<User>> {
    let found = users::table
        .filter(users::email_folded.eq(email))
        .select(User::as_select())
        .first(&mut c)
        .await;
    found.map_err(Error::from).optional()
}

async fn find_in_spaces(
    mut c: &AsyncPgConnection,
    email: &str,
    ids: &[SpaceId],
) -> Result<Vec<(Space, Option<Membership>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.to_vec();
    Ok(FindInSpaces { ids, email }.load(&mut c).await?)
}

async fn find_in_courses(
    mut c: &AsyncPgConnection,
    email: &str,
    ids: &[CourseId],
) -> Result<Vec<(Course, Option<Enrollment>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.to_vec();
    Ok(FindInCourses { ids, email }.load(&mut c).await?)
}

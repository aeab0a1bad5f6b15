//! Enrollments: which users belong to which courses. `memberships` says why they are apart.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    community::MemberStatus,
    id::{CourseId, EnrollmentId, UserId},
};

use super::{courses::Course, users::User};
use crate::database::{
    bulk,
    conn::Conn,
    error::{OptionalRow, Result},
    page::{Page, Window},
    schema::{courses, enrollments, users},
    sql_types::Sql,
};

record! {
    /// A row of `enrollments`.
    enrollments: Enrollment {
        id: EnrollmentId,
        course_id: CourseId,
        user_id: UserId,
        status: MemberStatus,
        enrolled_at: Instant,
        completed_at: Option<Instant>,
    }
}

/// The user's enrollment in one course.
pub async fn find(
    conn: &mut Conn,
    course_id: CourseId,
    user_id: UserId,
) -> Result<Option<Enrollment>> {
    on!(conn, |c| enrollments::table
        .filter(enrollments::course_id.eq(Sql(course_id)))
        .filter(enrollments::user_id.eq(Sql(user_id)))
        .select(Enrollment::as_select())
        .first(c))
    .optional()
}

/// A page of a course's users, latest first.
pub async fn list_of_course(
    conn: &mut Conn,
    course_id: CourseId,
    window: &Window,
) -> Result<Page<(Enrollment, User)>> {
    let rows = on!(conn, |c| {
        let query = enrollments::table
            .inner_join(users::table.on(users::id.eq(enrollments::user_id)))
            .filter(enrollments::course_id.eq(Sql(course_id)))
            .select((Enrollment::as_select(), User::as_select()))
            .into_boxed();
        window!(query, enrollments::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// A page of a user's enrollments, latest first.
pub async fn list_of_user(
    conn: &mut Conn,
    user_id: UserId,
    window: &Window,
) -> Result<Page<(Enrollment, Course)>> {
    let rows = on!(conn, |c| {
        let query = enrollments::table
            .inner_join(courses::table.on(courses::id.eq(enrollments::course_id)))
            .filter(enrollments::user_id.eq(Sql(user_id)))
            .select((Enrollment::as_select(), Course::as_select()))
            .into_boxed();
        window!(query, enrollments::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds the enrollment unless the user has one there; says whether it was added.
///
/// # Errors
/// [`crate::Error::Dangling`] when the course or the user is gone.
pub async fn insert(conn: &mut Conn, enrollment: &Enrollment) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(enrollments::table)
        .values(enrollment.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Adds enrollments, but none where the user has one; says how many were added.
///
/// # Errors
/// [`Error::Dangling`](crate::Error::Dangling) when a course or the user is gone.
pub async fn insert_all(conn: &mut Conn, rows: Vec<Enrollment>) -> Result<usize> {
    bulk::add_new(conn, rows).await
}

/// Writes a changed enrollment.
pub async fn update(conn: &mut Conn, enrollment: &Enrollment) -> Result<()> {
    on!(conn, |c| diesel::update(
        enrollments::table.find(Sql(enrollment.id))
    )
    .set(enrollment.clone())
    .execute(c))
    .map(drop)
}

/// Removes an enrollment; says whether it was there.
pub async fn delete(conn: &mut Conn, id: EnrollmentId) -> Result<bool> {
    on!(conn, |c| diesel::delete(enrollments::table.find(Sql(id)))
        .execute(c))
    .map(|rows| rows == 1)
}

/// Makes pending enrollments active; says how many there were.
pub async fn activate_all(conn: &mut Conn, ids: &[EnrollmentId], now: Instant) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let pending = enrollments::table
        .filter(enrollments::id.eq_any(ids.iter().map(Sql)))
        .filter(enrollments::status.eq(Sql(MemberStatus::Pending)));
    let active = (
        enrollments::status.eq(Sql(MemberStatus::Active)),
        enrollments::enrolled_at.eq(Sql(now)),
    );
    on!(conn, |c| diesel::update(pending).set(active).execute(c))
}

/// Removes enrollments; says how many there were.
pub async fn delete_all(conn: &mut Conn, ids: &[EnrollmentId]) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    on!(conn, |c| diesel::delete(
        enrollments::table.filter(enrollments::id.eq_any(ids.iter().map(Sql)))
    )
    .execute(c))
}

/// How many active students each of these courses has; courses without any are left out.
pub async fn count(conn: &mut Conn, course_ids: &[CourseId]) -> Result<Vec<(CourseId, i64)>> {
    if course_ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| enrollments::table
        .filter(enrollments::course_id.eq_any(course_ids.iter().map(Sql)))
        .filter(enrollments::status.eq(Sql(MemberStatus::Active)))
        .group_by(enrollments::course_id)
        .select((enrollments::course_id, diesel::dsl::count_star()))
        .load(c))
}

//! Courses.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    community::{CourseStatus, CourseType, Privacy},
    id::CourseId,
};

use crate::database::{
    conn::{Conn, Link, Tx},
    error::{Error, Result},
    page::{Page, Window, contains},
    schema::courses,
    sql_types::Sql,
};

record! {
    /// A row of `courses`.
    courses: Course {
        id: CourseId,
        title: String,
        slug: String,
        description: Option<String>,
        privacy: Privacy,
        course_type: CourseType,
        status: CourseStatus,
        search: String,
        version: i64,
        created_at: Instant,
        updated_at: Instant,
    }
}

/// The course with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(conn: &mut Conn, id: CourseId) -> Result<Course> {
    on!(conn, |c| courses::table
        .find(Sql(id))
        .select(Course::as_select())
        .first(c))
}

/// The course with this id, kept from others until the transaction ends: nobody can refer to it
/// anew, while it is to be deleted.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &mut Tx, id: CourseId) -> Result<Course> {
    let row = courses::table.find(Sql(id));
    Ok(match &mut tx.link {
        Link::Pg(c) => {
            row.select(Course::as_select())
                .for_update()
                .get_result(c)
                .await?
        }
        // Only one transaction writes at a time.
        Link::Sqlite(c) => row.select(Course::as_select()).get_result(c).await?,
    })
}

/// Those of these courses that exist, in no order.
pub async fn find_all(conn: &mut Conn, ids: &[CourseId]) -> Result<Vec<Course>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| courses::table
        .filter(courses::id.eq_any(ids.iter().map(Sql)))
        .select(Course::as_select())
        .load(c))
}

/// A page of courses, newest first; `search` is part of title or slug.
pub async fn list(conn: &mut Conn, search: Option<&str>, window: &Window) -> Result<Page<Course>> {
    let rows = on!(conn, |c| {
        let mut query = courses::table.select(Course::as_select()).into_boxed();
        if let Some(search) = search {
            query = query.filter(courses::search.like(contains(search)).escape('\\'));
        }
        window!(query, courses::id, window).load(c)
    })?;
    Ok(window.page(rows))
}

/// Adds a course unless its slug is taken; says whether it was added. A taken slug does not spoil
/// the transaction.
pub async fn try_insert(conn: &mut Conn, course: &Course) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(courses::table)
        .values(course.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

/// Writes a changed course; `course.version` is the version that was read, and is counted up.
///
/// # Errors
/// [`Error::Stale`] when somebody else was faster, [`Error::Conflict`] for a slug that is taken.
pub async fn update(conn: &mut Conn, course: &mut Course) -> Result<()> {
    let read = course.version;
    course.version += 1;
    let rows = on!(conn, |c| diesel::update(
        courses::table
            .find(Sql(course.id))
            .filter(courses::version.eq(read))
    )
    .set(course.clone())
    .execute(c))?;
    if rows == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Removes a course; its enrollments go with it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(conn: &mut Conn, id: CourseId) -> Result<()> {
    match on!(conn, |c| diesel::delete(courses::table.find(Sql(id)))
        .execute(c))?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

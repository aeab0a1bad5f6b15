//! Completions: who completed which course, also of those who left it since.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Instant,
    id::{CourseId, UserId},
};

use crate::database::{conn::Conn, error::Result, schema::completions, sql_types::Sql};

record! {
    /// A row of `completions`.
    completions: Completion {
        course_id: CourseId,
        user_id: UserId,
        completed_at: Instant,
    }
}

/// Which of these courses the user has completed, and when.
pub async fn of_user(
    conn: &mut Conn,
    user_id: UserId,
    course_ids: &[CourseId],
) -> Result<Vec<Completion>> {
    if course_ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(conn, |c| completions::table
        .filter(completions::user_id.eq(Sql(user_id)))
        .filter(completions::course_id.eq_any(course_ids.iter().map(Sql)))
        .select(Completion::as_select())
        .load(c))
}

/// Notes that a user completed a course; says whether it is the first time.
///
/// # Errors
/// [`crate::Error::Dangling`] when the course or the user is gone.
pub async fn insert(conn: &mut Conn, completion: &Completion) -> Result<bool> {
    on!(conn, |c| diesel::insert_into(completions::table)
        .values(completion.clone())
        .on_conflict_do_nothing()
        .execute(c))
    .map(|rows| rows == 1)
}

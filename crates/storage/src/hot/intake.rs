//! What every call of an incoming webhook does: one look at where its person stands, and one row of
//! the log.

mod pg;
mod sqlite;

use domain::id::{CourseId, SpaceId};

use super::sqlite::hop;
use crate::{
    Conn, Db, Result, calls::Call, courses::Course, enrollments::Enrollment,
    memberships::Membership, spaces::Space, users::User,
};

/// Where a person stands in some spaces and courses. Those that do not exist are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    pub user: Option<User>,
    pub spaces: Vec<(Space, Option<Membership>)>,
    pub courses: Vec<(Course, Option<Enrollment>)>,
}

/// Looks up the user with this folded address, and what they are in these spaces and courses.
///
/// # Errors
/// [`crate::Error`] of the database.
pub async fn standing(
    conn: &mut Conn,
    email_folded: &str,
    spaces: &[SpaceId],
    courses: &[CourseId],
) -> Result<Standing> {
    match conn {
        Conn::Pg(c) => pg::standing(c, email_folded, spaces, courses).await,
        Conn::Sqlite(c) => {
            let (email_folded, spaces, courses) =
                (email_folded.to_owned(), spaces.to_vec(), courses.to_vec());
            hop(c, move |c| {
                sqlite::standing(c, &email_folded, &spaces, &courses)
            })
            .await
        }
    }
}

/// Adds calls to the log, all or none; those with success are counted.
///
/// # Errors
/// [`crate::Error::Dangling`] when the incoming webhook of one of them is gone.
pub async fn add_calls(conn: &mut Conn, calls: &[Call]) -> Result<()> {
    match conn {
        Conn::Pg(c) => pg::add_calls(c, calls).await,
        Conn::Sqlite(c) => {
            let calls = calls.to_vec();
            hop(c, move |c| sqlite::add_calls(c, &calls)).await
        }
    }
}

/// Adds memberships, but none where the user has one; says how many were added.
///
/// # Errors
/// [`crate::Error::Dangling`] when a space or the user is gone.
pub async fn add_memberships(conn: &mut Conn, rows: Vec<Membership>) -> Result<usize> {
    match conn {
        _ if rows.is_empty() => Ok(0),
        Conn::Pg(c) => pg::add_memberships(c, &rows).await,
        Conn::Sqlite(c) => hop(c, move |c| sqlite::add_memberships(c, rows)).await,
    }
}

/// Adds enrollments, but none where the user has one; says how many were added.
///
/// # Errors
/// [`crate::Error::Dangling`] when a course or the user is gone.
pub async fn add_enrollments(conn: &mut Conn, rows: Vec<Enrollment>) -> Result<usize> {
    match conn {
        _ if rows.is_empty() => Ok(0),
        Conn::Pg(c) => pg::add_enrollments(c, &rows).await,
        Conn::Sqlite(c) => hop(c, move |c| sqlite::add_enrollments(c, rows)).await,
    }
}

/// Moves what is uncounted into the tallies.
pub(crate) async fn roll_up_calls(db: &Db) -> Result<usize> {
    match &mut db.write().await? {
        Conn::Pg(c) => pg::roll_up_calls(c).await,
        Conn::Sqlite(c) => hop(c, sqlite::roll_up_calls).await,
    }
}

/// The status of a call that succeeded.
const SUCCESS: i32 = 200;

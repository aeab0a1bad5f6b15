//! What every call of an incoming webhook reads first: who somebody is, and where they belong.

mod pg;
mod sqlite;

use domain::id::{CourseId, SpaceId};

use super::{
    courses::Course, enrollments::Enrollment, memberships::Membership, spaces::Space, users::User,
};
use crate::database::{
    bulk::blocking,
    conn::{Conn, Link},
    error::Result,
};

/// A person's user and what they are in some spaces and courses. Those that do not exist are left
/// out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MembershipSnapshot {
    pub user: Option<User>,
    pub spaces: Vec<(Space, Option<Membership>)>,
    pub courses: Vec<(Course, Option<Enrollment>)>,
}

/// Looks up the user with this folded address, and what they are in these spaces and courses.
pub async fn read(
    conn: &mut Conn,
    email_folded: &str,
    spaces: &[SpaceId],
    courses: &[CourseId],
) -> Result<MembershipSnapshot> {
    match &mut conn.link {
        Link::Pg(c) => pg::read(c, email_folded, spaces, courses).await,
        Link::Sqlite(c) => {
            let (email_folded, spaces, courses) =
                (email_folded.to_owned(), spaces.to_vec(), courses.to_vec());
            blocking(c, move |c| {
                sqlite::read(c, &email_folded, &spaces, &courses)
            })
            .await
        }
    }
}

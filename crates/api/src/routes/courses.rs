//! `/v1/courses`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod students;
pub(crate) mod update;

use domain::{Invalid, id::CourseId, text};
use storage::{Conn, courses::Course, enrollments};

use crate::views::CourseView;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 10_000;

/// Looks up the member counts of these courses, and gives the function that makes their views.
pub(crate) async fn with_counts(
    conn: &mut Conn,
    ids: &[CourseId],
) -> storage::Result<impl Fn(Course) -> CourseView + use<>> {
    let counts = enrollments::count(conn, ids).await?;
    Ok(move |course: Course| {
        let count = counts
            .iter()
            .find(|(id, _)| *id == course.id)
            .map_or(0, |(_, count)| *count);
        CourseView::new(course, count)
    })
}

fn description(raw: &str) -> Result<String, Invalid> {
    text::paragraph("/description", raw, MAX_DESCRIPTION)
}

/// Keeps what is derived in step with what it is derived from.
fn refresh_search(course: &mut Course) {
    course.search = text::searchable([course.title.as_str(), course.slug.as_str()]);
}

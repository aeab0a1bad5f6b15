//! Who belongs to which course.

use domain::{
    community::{self, Action, MemberStatus, Role},
    id::EnrollmentId,
};
use storage::{
    Conn, Result,
    completions::{self, Completion},
    courses::Course,
    enrollments::{self, Enrollment},
    users::User,
};

use super::{Changes, since};

/// Carries out what was decided for a user in some courses, all in a constant number of statements.
///
/// # Errors
/// [`storage::Error::Stale`] when an enrollment changed since it was read,
/// [`storage::Error::Dangling`] when a course or the user is gone.
pub(crate) async fn carry_out_in_courses<'s>(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &User,
    steps: impl Iterator<Item = (&'s Course, Option<&'s Enrollment>, Action)>,
) -> Result<()> {
    let (mut added, mut activated, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for (course, present, action) in steps {
        match (action, present) {
            (Action::Added | Action::Reactivated, present) => {
                let wanted = wanted(present, user, course, MemberStatus::Active, changes);
                changes.enrollment(user, course, present, Some(&wanted));
                if present.is_some() {
                    activated.push(wanted.id)
                } else {
                    added.push(wanted)
                }
            }
            (Action::Removed | Action::RequestWithdrawn, Some(present)) => {
                changes.enrollment(user, course, Some(present), None);
                removed.push(present.id);
            }
            _ => {}
        }
    }
    recall(conn, user, &mut added).await?;
    // In one order everywhere: two calls for one user never wait for each other.
    added.sort_unstable_by_key(|enrollment| enrollment.course_id.uuid());
    let expected = (added.len(), activated.len(), removed.len());
    let done = (
        enrollments::insert_all(conn, added).await?,
        enrollments::activate_all(conn, &activated, changes.now()).await?,
        enrollments::delete_all(conn, &removed).await?,
    );
    if done == expected {
        Ok(())
    } else {
        Err(storage::Error::Stale)
    }
}

/// Ends the user's enrollment.
pub(crate) async fn unenroll(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &User,
    course: &Course,
) -> Result<Action> {
    let present = enrollments::find(conn, course.id, user.id).await?;
    // Courses have no roles: everybody is a plain member of them.
    let action = community::remove(
        present
            .as_ref()
            .map(|enrollment| (enrollment.status, Role::Member)),
        false,
    );
    let Some(present) = present else {
        return Ok(action);
    };
    if !enrollments::delete(conn, present.id).await? {
        return Ok(Action::NotMember);
    }
    changes.enrollment(user, course, Some(&present), None);
    Ok(action)
}

/// Gives the user this place in the course; `None` leaves the status as it is, or makes the user an
/// active student.
///
/// # Errors
/// [`storage::Error::Stale`] when the user was enrolled at this
/// very moment.
pub(crate) async fn set_enrollment(
    conn: &mut Conn,
    changes: &mut Changes,
    (user, course): (&User, &Course),
    status: Option<MemberStatus>,
) -> Result<Enrollment> {
    let present = enrollments::find(conn, course.id, user.id).await?;
    let status = status
        .or(present.as_ref().map(|enrollment| enrollment.status))
        .unwrap_or(MemberStatus::Active);
    let mut wanted = wanted(present.as_ref(), user, course, status, changes);
    if present.as_ref() == Some(&wanted) {
        return Ok(wanted);
    }
    if present.is_none() {
        recall(conn, user, std::slice::from_mut(&mut wanted)).await?;
    }
    if write(conn, changes, (user, course), present, &wanted).await? {
        Ok(wanted)
    } else {
        Err(storage::Error::Stale)
    }
}

/// Notes that the student completed the course; a second time changes nothing, also when the
/// student left in between.
///
/// # Errors
/// [`storage::Error::NotFound`] when the user is not a student of the course.
pub(crate) async fn complete(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &User,
    course: &Course,
) -> Result<Enrollment> {
    let present = enrollments::find(conn, course.id, user.id).await?;
    let active = present.filter(|enrollment| enrollment.status == MemberStatus::Active);
    let mut enrollment = active.ok_or(storage::Error::NotFound)?;
    if enrollment.completed_at.is_none() {
        let completion = Completion {
            course_id: course.id,
            user_id: user.id,
            completed_at: changes.now(),
        };
        let is_first = completions::insert(conn, &completion).await?;
        recall(conn, user, std::slice::from_mut(&mut enrollment)).await?;
        enrollments::update(conn, &enrollment).await?;
        if is_first {
            changes.course("course.completed", user, course, enrollment.status);
        }
    }
    Ok(enrollment)
}

/// Gives a user's enrollments what the user has completed, now or in an earlier one.
async fn recall(conn: &mut Conn, user: &User, places: &mut [Enrollment]) -> Result<()> {
    let course_ids: Vec<_> = places
        .iter()
        .map(|enrollment| enrollment.course_id)
        .collect();
    for completion in completions::of_user(conn, user.id, &course_ids).await? {
        let enrollment = places
            .iter_mut()
            .find(|enrollment| enrollment.course_id == completion.course_id);
        enrollment
            .into_iter()
            .for_each(|enrollment| enrollment.completed_at = Some(completion.completed_at));
    }
    Ok(())
}

/// The enrollment as it shall be. Who becomes active is enrolled now.
fn wanted(
    present: Option<&Enrollment>,
    user: &User,
    course: &Course,
    status: MemberStatus,
    changes: &Changes,
) -> Enrollment {
    let held = present.map(|enrollment| (enrollment.status, enrollment.enrolled_at));
    Enrollment {
        id: present.map_or_else(EnrollmentId::generate, |enrollment| enrollment.id),
        course_id: course.id,
        user_id: user.id,
        status,
        enrolled_at: since(held, status, changes.now()),
        completed_at: present.and_then(|enrollment| enrollment.completed_at),
    }
}

/// Says whether it was written; if not, somebody else enrolled the user at this very moment.
async fn write(
    conn: &mut Conn,
    changes: &mut Changes,
    (user, course): (&User, &Course),
    present: Option<Enrollment>,
    wanted: &Enrollment,
) -> Result<bool> {
    if present.is_some() {
        enrollments::update(conn, wanted).await?;
    } else if !enrollments::insert(conn, wanted).await? {
        return Ok(false);
    }
    changes.enrollment(user, course, present.as_ref(), Some(wanted));
    Ok(true)
}

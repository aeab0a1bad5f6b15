//! Deleting users, spaces and courses. Whoever leaves with them leaves by an event, and many leave in
//! steps, each a transaction of its own: after a crash some have left and the rest is as it was, and
//! deleting once more goes on from there.

use domain::id::{CourseId, SpaceId, UserId};
use storage::{
    Tx, Window, courses,
    enrollments::{self, Enrollment},
    memberships::{self, Membership},
    spaces, users,
};

use super::{By, Changes};
use crate::{Problem, State, request::IfMatch};

/// How many leave in one transaction.
const STEP: Window = Window {
    limit: 400,
    from: None,
};

/// Deletes a user, who leaves all spaces and courses.
///
/// # Errors
/// 404, 412 `stale`.
pub(crate) async fn delete_user(
    state: &State,
    id: UserId,
    if_match: &IfMatch,
) -> Result<(), Problem> {
    let mut seen = Seen::default();
    loop {
        let mut tx = state.db.begin().await?;
        let Some(user) = seen.once(users::lock(&mut tx, id).await)? else {
            return Ok(());
        };
        seen.check(if_match, user.version)?;
        let mut changes = changes(state, "user_deleted");
        let places = memberships::list_of_user(&mut tx, id, &STEP).await?;
        let lessons = enrollments::list_of_user(&mut tx, id, &STEP).await?;
        for (membership, space) in &places.rows {
            changes.membership(&user, space, Some(membership), None);
        }
        for (enrollment, course) in &lessons.rows {
            changes.enrollment(&user, course, Some(enrollment), None);
        }
        let is_last = !places.has_next && !lessons.has_next;
        let ended = end_memberships(&mut tx, &places.rows).await?
            && end_enrollments(&mut tx, &lessons.rows).await?;
        if ended && is_last {
            users::delete(&mut tx, id).await?;
            changes.user("user.deleted", &user);
        }
        if seen.step(tx, changes, ended).await? && is_last {
            return Ok(());
        }
    }
}

/// Deletes a space, which all members leave.
///
/// # Errors
/// 404, 412 `stale`.
pub(crate) async fn delete_space(
    state: &State,
    id: SpaceId,
    if_match: &IfMatch,
) -> Result<(), Problem> {
    let mut seen = Seen::default();
    loop {
        let mut tx = state.db.begin().await?;
        let Some(space) = seen.once(spaces::lock(&mut tx, id).await)? else {
            return Ok(());
        };
        seen.check(if_match, space.version)?;
        let mut changes = changes(state, "space_deleted");
        let members = memberships::list_of_space(&mut tx, id, &STEP).await?;
        for (membership, user) in &members.rows {
            changes.membership(user, &space, Some(membership), None);
        }
        let is_last = !members.has_next;
        let ended = end_memberships(&mut tx, &members.rows).await?;
        if ended && is_last {
            spaces::delete(&mut tx, id).await?;
            changes.space_deleted(&space);
        }
        if seen.step(tx, changes, ended).await? && is_last {
            return Ok(());
        }
    }
}

/// Deletes a course, which all students leave.
///
/// # Errors
/// 404, 412 `stale`.
pub(crate) async fn delete_course(
    state: &State,
    id: CourseId,
    if_match: &IfMatch,
) -> Result<(), Problem> {
    let mut seen = Seen::default();
    loop {
        let mut tx = state.db.begin().await?;
        let Some(course) = seen.once(courses::lock(&mut tx, id).await)? else {
            return Ok(());
        };
        seen.check(if_match, course.version)?;
        let mut changes = changes(state, "course_deleted");
        let students = enrollments::list_of_course(&mut tx, id, &STEP).await?;
        for (enrollment, user) in &students.rows {
            changes.enrollment(user, &course, Some(enrollment), None);
        }
        let is_last = !students.has_next;
        let ended = end_enrollments(&mut tx, &students.rows).await?;
        if ended && is_last {
            courses::delete(&mut tx, id).await?;
            changes.course_deleted(&course);
        }
        if seen.step(tx, changes, ended).await? && is_last {
            return Ok(());
        }
    }
}

fn changes(state: &State, reason: &'static str) -> Changes {
    Changes::new(By::Api, state.clock.now()).because(reason)
}

/// Whether a step was made already: only the first one compares with what the client has seen, and
/// after it somebody else may have finished the work.
#[derive(Default)]
struct Seen(bool);

impl Seen {
    fn once<T>(&self, found: storage::Result<T>) -> Result<Option<T>, Problem> {
        match found {
            Err(storage::Error::NotFound) if self.0 => Ok(None),
            found => Ok(Some(found?)),
        }
    }

    fn check(&self, if_match: &IfMatch, version: i64) -> Result<(), Problem> {
        if self.0 {
            Ok(())
        } else {
            if_match.check_version(version)
        }
    }

    /// Commits a step, unless somebody left by themselves at this moment: then all is looked at
    /// again, so that nobody leaves twice. Says whether it was committed.
    async fn step(&mut self, mut tx: Tx, changes: Changes, ended: bool) -> Result<bool, Problem> {
        if ended {
            changes.save(&mut tx).await?;
            tx.commit().await?;
            self.0 = true;
        }
        Ok(ended)
    }
}

/// Ends memberships; says whether all of them were still there.
async fn end_memberships<T>(tx: &mut Tx, rows: &[(Membership, T)]) -> storage::Result<bool> {
    let ids: Vec<_> = rows.iter().map(|(membership, _)| membership.id).collect();
    Ok(memberships::delete_all(tx, &ids).await? == ids.len())
}

/// Ends enrollments; says whether all of them were still there.
async fn end_enrollments<T>(tx: &mut Tx, rows: &[(Enrollment, T)]) -> storage::Result<bool> {
    let ids: Vec<_> = rows.iter().map(|(enrollment, _)| enrollment.id).collect();
    Ok(enrollments::delete_all(tx, &ids).await? == ids.len())
}

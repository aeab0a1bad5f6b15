//! What a call has to do, decided from where its person stands: the same for a call, a call with
//! nothing to do, and a preview.

use domain::{
    community::{self, Action, Role, TargetKind},
    id::{CourseId, SpaceId},
    incoming::WebhookSpec,
};
use storage::{
    Conn, courses::Course, enrollments::Enrollment, membership_snapshot::MembershipSnapshot,
    memberships::Membership, spaces::Space, users::User,
};

use crate::{
    community::{Changes, carry_out_in_courses, carry_out_in_spaces},
    views::ChangeView,
};

/// The steps of a call, in their order: first adding, then removing, first spaces, then courses.
pub(crate) struct Plan<'s> {
    spaces: Vec<Step<'s, SpaceId, Space, Membership>>,
    courses: Vec<Step<'s, CourseId, Course, Enrollment>>,
}

/// What happens to one space or course. One that was deleted is skipped.
struct Step<'s, Id, Target, Place> {
    id: Id,
    found: Option<(&'s Target, Option<&'s Place>)>,
    action: Action,
}

/// Where the person stands in the spaces and courses of a webhook.
pub(crate) async fn read_snapshot(
    conn: &mut Conn,
    wanted: &WebhookSpec,
    email_folded: &str,
) -> storage::Result<MembershipSnapshot> {
    let spaces = [wanted.add_space_ids.as_slice(), &wanted.remove_space_ids].concat();
    let courses = [wanted.add_course_ids.as_slice(), &wanted.remove_course_ids].concat();
    storage::membership_snapshot::read(conn, email_folded, &spaces, &courses).await
}

impl<'s> Plan<'s> {
    /// What the webhook wants for a person who stands there.
    pub(crate) fn new(wanted: &WebhookSpec, snapshot: &'s MembershipSnapshot) -> Self {
        let spaces = steps(
            (&wanted.add_space_ids, &wanted.remove_space_ids),
            |id| snapshot.spaces.iter().find(|(space, _)| space.id == id),
            |membership| community::add(TargetKind::Space, membership.map(|m| m.status)),
            |membership| {
                community::remove(membership.map(|m| (m.status, m.role)), wanted.protect_roles)
            },
        );
        let courses = steps(
            (&wanted.add_course_ids, &wanted.remove_course_ids),
            |id| snapshot.courses.iter().find(|(course, _)| course.id == id),
            |enrollment| community::add(TargetKind::Course, enrollment.map(|e| e.status)),
            // Courses have no roles: everybody is a plain member of them.
            |enrollment| community::remove(enrollment.map(|e| (e.status, Role::Member)), false),
        );
        Self { spaces, courses }
    }

    /// Whether everything is already as the webhook wants it.
    pub(crate) fn is_done(&self) -> bool {
        let changes = |action| {
            matches!(
                action,
                Action::Added | Action::Reactivated | Action::Removed | Action::RequestWithdrawn
            )
        };
        !self.spaces.iter().any(|step| changes(step.action))
            && !self.courses.iter().any(|step| changes(step.action))
    }

    /// Carries it out.
    ///
    /// # Errors
    /// [`storage::Error::Stale`] and [`storage::Error::Dangling`] when something changed since the
    /// snapshot was read.
    pub(crate) async fn carry_out(
        &self,
        conn: &mut Conn,
        changes: &mut Changes,
        user: &User,
    ) -> storage::Result<()> {
        carry_out_in_spaces(conn, changes, user, found(&self.spaces)).await?;
        carry_out_in_courses(conn, changes, user, found(&self.courses)).await
    }

    /// The steps as a caller sees them.
    pub(crate) fn shown(&self) -> Vec<ChangeView> {
        let spaces = self
            .spaces
            .iter()
            .map(|step| change(TargetKind::Space, step.id.to_string(), step.action));
        let courses = self
            .courses
            .iter()
            .map(|step| change(TargetKind::Course, step.id.to_string(), step.action));
        spaces.chain(courses).collect()
    }
}

fn steps<'s, Id: Copy, Target, Place>(
    (add, remove): (&[Id], &[Id]),
    find: impl Fn(Id) -> Option<&'s (Target, Option<Place>)>,
    adding: impl Fn(Option<&Place>) -> Action,
    removing: impl Fn(Option<&Place>) -> Action,
) -> Vec<Step<'s, Id, Target, Place>> {
    let step = |id: Id, decide: &dyn Fn(Option<&Place>) -> Action| {
        let found = find(id).map(|(target, place)| (target, place.as_ref()));
        let action = found.map_or(Action::Skipped, |(_, place)| decide(place));
        Step { id, found, action }
    };
    let adds = add.iter().map(|id| step(*id, &adding));
    let removes = remove.iter().map(|id| step(*id, &removing));
    adds.chain(removes).collect()
}

fn found<'a, 's, Id, Target, Place>(
    steps: &'a [Step<'s, Id, Target, Place>],
) -> impl Iterator<Item = (&'s Target, Option<&'s Place>, Action)> + use<'a, 's, Id, Target, Place>
{
    steps.iter().filter_map(|step| {
        step.found
            .map(|(target, place)| (target, place, step.action))
    })
}

fn change(kind: TargetKind, id: String, action: Action) -> ChangeView {
    ChangeView {
        kind,
        id,
        action,
        reason: (action == Action::Skipped).then_some("not_found"),
    }
}

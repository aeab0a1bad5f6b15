//! A user's place in a space or course, seen from either side.

use domain::{
    Instant,
    community::{MemberStatus, Role},
};
use serde::Serialize;
use storage::{enrollments::Enrollment, memberships::Membership, users::User};

use super::{CourseView, SpaceView, UserView};
use crate::schema;

/// A member of a space.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView {
    pub user: UserView,
    #[schema(schema_with = schema::role)]
    pub role: Role,
    #[schema(schema_with = schema::member_status)]
    pub status: MemberStatus,
    #[schema(schema_with = schema::instant)]
    pub joined_at: Instant,
}

/// A student of a course.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Student)]
pub(crate) struct StudentView {
    pub user: UserView,
    #[schema(schema_with = schema::member_status)]
    pub status: MemberStatus,
    #[schema(schema_with = schema::instant)]
    pub enrolled_at: Instant,
    #[schema(schema_with = schema::optional_instant, required)]
    pub completed_at: Option<Instant>,
}

/// A space that a user belongs to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Membership)]
pub(crate) struct MembershipView {
    pub space: SpaceView,
    #[schema(schema_with = schema::role)]
    pub role: Role,
    #[schema(schema_with = schema::member_status)]
    pub status: MemberStatus,
    #[schema(schema_with = schema::instant)]
    pub joined_at: Instant,
}

/// A course that a user belongs to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Enrollment)]
pub(crate) struct EnrollmentView {
    pub course: CourseView,
    #[schema(schema_with = schema::member_status)]
    pub status: MemberStatus,
    #[schema(schema_with = schema::instant)]
    pub enrolled_at: Instant,
    #[schema(schema_with = schema::optional_instant, required)]
    pub completed_at: Option<Instant>,
}

impl MemberView {
    pub(crate) fn new(membership: &Membership, user: User) -> Self {
        Self {
            user: user.into(),
            role: membership.role,
            status: membership.status,
            joined_at: membership.joined_at,
        }
    }
}

impl StudentView {
    pub(crate) fn new(enrollment: &Enrollment, user: User) -> Self {
        Self {
            user: user.into(),
            status: enrollment.status,
            enrolled_at: enrollment.enrolled_at,
            completed_at: enrollment.completed_at,
        }
    }
}

impl MembershipView {
    pub(crate) fn new(membership: &Membership, space: SpaceView) -> Self {
        Self {
            space,
            role: membership.role,
            status: membership.status,
            joined_at: membership.joined_at,
        }
    }
}

impl EnrollmentView {
    pub(crate) fn new(enrollment: &Enrollment, course: CourseView) -> Self {
        Self {
            course,
            status: enrollment.status,
            enrolled_at: enrollment.enrolled_at,
            completed_at: enrollment.completed_at,
        }
    }
}

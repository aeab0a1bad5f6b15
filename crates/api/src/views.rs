//! What clients see of rows: exactly the fields that are documented.

mod course;
mod member;
mod space;
mod user;

pub(crate) use course::CourseView;
pub(crate) use member::{EnrollmentView, MemberView, MembershipView, StudentView};
pub(crate) use space::SpaceView;
pub(crate) use user::UserView;

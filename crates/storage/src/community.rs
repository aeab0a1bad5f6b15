//! The community: users, spaces and courses, and who belongs where.

pub mod completions;
pub mod courses;
pub mod enrollments;
pub mod membership_snapshot;
pub mod memberships;
pub mod spaces;
pub mod users;

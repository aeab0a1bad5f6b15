//! Changes of the community, and the events that they cause. Management routes and the intake both
//! come through here, each inside of its own transaction, so that a change and its events commit
//! together:
//!
//! ```text
//! let mut changes = Changes::new(By::Api, now);
//! set_membership(&mut tx, &mut changes, (&user, &space), None, None).await?;
//! changes.save(&mut tx).await?;
//! tx.commit().await?;
//! ```
//!
//! Spaces and courses are written out side by side, here and in the routes: what decides about both
//! is one already (`domain::community`), and what remains are tables, fields and events of their
//! own, so that a form for both would be a trait with a method for each line that it saves. What
//! both have, [`since`], is shared.

mod changes;
mod courses;
mod deletions;
mod logins;
mod new_user;
mod spaces;
mod users;

use domain::{Instant, community::MemberStatus};

pub(crate) use changes::{By, Changes};
pub(crate) use courses::{carry_out_in_courses, complete, set_enrollment, unenroll};
pub(crate) use deletions::{delete_course, delete_space, delete_user};
pub(crate) use logins::Logins;
pub(crate) use new_user::NewUser;
pub(crate) use spaces::{carry_out_in_spaces, leave_space, set_membership};
pub(crate) use users::{admit, create_new_user, create_user, update_user};

/// Since when a user holds a place: who becomes active begins now, whoever waits or stays keeps
/// what they had. `present` is the place that they hold already.
fn since(present: Option<(MemberStatus, Instant)>, wanted: MemberStatus, now: Instant) -> Instant {
    match present {
        Some((status, since))
            if status == MemberStatus::Active || wanted == MemberStatus::Pending =>
        {
            since
        }
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_becomes_active_begins_now() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let (then, now) = (at("2026-03-01T00:00:00Z"), at("2026-03-14T08:05:12Z"));
        let (active, pending) = (MemberStatus::Active, MemberStatus::Pending);
        for (present, wanted, expected) in [
            (None, active, now),
            (None, pending, now),
            (Some((pending, then)), active, now),
            (Some((pending, then)), pending, then),
            (Some((active, then)), active, then),
            (Some((active, then)), pending, then),
        ] {
            assert_eq!(
                since(present, wanted, now),
                expected,
                "{present:?} {wanted:?}"
            );
        }
    }
}

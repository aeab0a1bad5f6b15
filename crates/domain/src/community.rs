//! The community's states, and what adding to and removing from spaces and courses means.

pub mod email;
pub mod login;
pub mod password;
pub mod slug;

use crate::words::words;

words! {
    /// Whether a user takes part.
    UserStatus { Active = "active", Blocked = "blocked", Pending = "pending" }
}
words! {
    /// Who may see and join a space or course.
    Privacy { Public = "public", Private = "private", Secret = "secret" }
}
words! {
    /// How a course's sections open.
    CourseType { SelfPaced = "self_paced", Structured = "structured", Scheduled = "scheduled" }
}
words! {
    /// Whether a course is on offer.
    CourseStatus { Draft = "draft", Published = "published", Archived = "archived" }
}
words! {
    /// What a member may do in a space.
    Role { Member = "member", Moderator = "moderator", Admin = "admin" }
}
words! {
    /// Whether a membership or enrollment counts yet.
    MemberStatus { Active = "active", Pending = "pending" }
}
words! {
    /// Whether a change concerns a space or a course.
    TargetKind { Space = "space", Course = "course" }
}
words! {
    /// What happened to one space or course in a call.
    Action {
        Added = "added", Reactivated = "reactivated", AlreadyMember = "already_member",
        AlreadyEnrolled = "already_enrolled", Removed = "removed", NotMember = "not_member",
        RequestWithdrawn = "request_withdrawn", Protected = "protected", Skipped = "skipped",
    }
}

/// What adding does to a membership or enrollment that is in this state (`None`: there is none).
pub fn add(kind: TargetKind, present: Option<MemberStatus>) -> Action {
    match (present, kind) {
        (None, _) => Action::Added,
        (Some(MemberStatus::Pending), _) => Action::Reactivated,
        (Some(MemberStatus::Active), TargetKind::Space) => Action::AlreadyMember,
        (Some(MemberStatus::Active), TargetKind::Course) => Action::AlreadyEnrolled,
    }
}

/// What removing does. `protect` keeps moderators and admins of a space in.
pub fn remove(present: Option<(MemberStatus, Role)>, protect: bool) -> Action {
    match present {
        None => Action::NotMember,
        Some((MemberStatus::Pending, _)) => Action::RequestWithdrawn,
        Some((MemberStatus::Active, Role::Moderator | Role::Admin)) if protect => Action::Protected,
        Some((MemberStatus::Active, _)) => Action::Removed,
    }
}

/// The event that follows when a membership or enrollment goes from one status to another (`None`:
/// there is none), if any.
pub fn event_of(
    kind: TargetKind,
    from: Option<MemberStatus>,
    to: Option<MemberStatus>,
) -> Option<&'static str> {
    use MemberStatus::{Active, Pending};
    match (kind, from, to) {
        (TargetKind::Space, None | Some(Pending), Some(Active)) => Some("space.joined"),
        (TargetKind::Space, None, Some(Pending)) => Some("space.join_requested"),
        (TargetKind::Space, Some(Active), None | Some(Pending)) => Some("space.left"),
        (TargetKind::Course, None | Some(Pending), Some(Active)) => Some("course.enrolled"),
        (TargetKind::Course, Some(Active), None | Some(Pending)) => Some("course.left"),
        _ => None,
    }
}

/// A user's name to show: first and last name, else the login.
pub fn display_name(first_name: &str, last_name: &str, username: &str) -> String {
    let full = format!("{first_name} {last_name}");
    let full = full.trim();
    if full.is_empty() {
        username.to_owned()
    } else {
        full.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding() {
        use MemberStatus::{Active, Pending};
        for (kind, present, action, event) in [
            (TargetKind::Space, None, Action::Added, Some("space.joined")),
            (
                TargetKind::Space,
                Some(Pending),
                Action::Reactivated,
                Some("space.joined"),
            ),
            (TargetKind::Space, Some(Active), Action::AlreadyMember, None),
            (
                TargetKind::Course,
                None,
                Action::Added,
                Some("course.enrolled"),
            ),
            (
                TargetKind::Course,
                Some(Active),
                Action::AlreadyEnrolled,
                None,
            ),
        ] {
            assert_eq!(add(kind, present), action);
            assert_eq!(event_of(kind, present, Some(Active)), event);
        }
        assert_eq!(
            event_of(TargetKind::Space, None, Some(Pending)),
            Some("space.join_requested")
        );
        assert_eq!(event_of(TargetKind::Course, None, Some(Pending)), None);
    }

    #[test]
    fn removing() {
        use MemberStatus::{Active, Pending};
        for (present, protect, action, event) in [
            (None, false, Action::NotMember, None),
            (
                Some((Pending, Role::Admin)),
                true,
                Action::RequestWithdrawn,
                None,
            ),
            (
                Some((Active, Role::Member)),
                true,
                Action::Removed,
                Some("space.left"),
            ),
            (
                Some((Active, Role::Admin)),
                false,
                Action::Removed,
                Some("space.left"),
            ),
            (
                Some((Active, Role::Moderator)),
                true,
                Action::Protected,
                None,
            ),
        ] {
            assert_eq!(remove(present, protect), action);
            if action != Action::Protected {
                assert_eq!(
                    event_of(TargetKind::Space, present.map(|(status, _)| status), None),
                    event
                );
            }
        }
    }

    #[test]
    fn words_read_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), *role);
        }
        assert!("owner".parse::<Role>().is_err());
    }
}

//! Joining and leaving, as sequences of changes against a model that knows only who is in and who
//! waits.

use domain::community::{Action, MemberStatus, Role, TargetKind, add, event_of, remove};
use proptest::prelude::*;

/// A change of one user's place in one space or course.
#[derive(Debug, Clone, Copy)]
enum Change {
    Add,
    Remove {
        protect: bool,
    },
    /// What `PUT` says.
    Put(Role, MemberStatus),
}

type Place = Option<(MemberStatus, Role)>;

fn change() -> impl Strategy<Value = Change> {
    let role = prop::sample::select(Role::ALL);
    let status = prop::sample::select(MemberStatus::ALL);
    prop_oneof![
        3 => Just(Change::Add),
        3 => any::<bool>().prop_map(|protect| Change::Remove { protect }),
        2 => (role, status).prop_map(|(role, status)| Change::Put(role, status)),
    ]
}

/// What an action makes of a place.
fn after(place: Place, action: Action) -> Place {
    match action {
        Action::Added => Some((MemberStatus::Active, Role::Member)),
        Action::Reactivated => place.map(|(_, role)| (MemberStatus::Active, role)),
        Action::Removed | Action::RequestWithdrawn => None,
        Action::AlreadyMember
        | Action::AlreadyEnrolled
        | Action::NotMember
        | Action::Protected
        | Action::Skipped => place,
    }
}

/// The place after a change, what was reported, and the event.
fn run(
    kind: TargetKind,
    place: Place,
    change: Change,
) -> (Place, Option<Action>, Option<&'static str>) {
    let (next, action) = match change {
        Change::Add => {
            let action = add(kind, place.map(|(status, _)| status));
            (after(place, action), Some(action))
        }
        Change::Remove { protect } => {
            let action = remove(place, protect);
            (after(place, action), Some(action))
        }
        Change::Put(role, status) => (Some((status, role)), None),
    };
    (
        next,
        action,
        event_of(
            kind,
            place.map(|(status, _)| status),
            next.map(|(status, _)| status),
        ),
    )
}

/// The model: whether the user is in, and whether they wait to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Model {
    inside: bool,
    waits: bool,
}

impl Model {
    fn of(place: Place) -> Self {
        let status = place.map(|(status, _)| status);
        Self {
            inside: status == Some(MemberStatus::Active),
            waits: status == Some(MemberStatus::Pending),
        }
    }

    fn changed(self, change: Change, is_guard: bool) -> Self {
        match change {
            Change::Add | Change::Put(_, MemberStatus::Active) => Self {
                inside: true,
                waits: false,
            },
            Change::Put(_, MemberStatus::Pending) => Self {
                inside: false,
                waits: true,
            },
            Change::Remove { protect: true } if self.inside && is_guard => self,
            Change::Remove { .. } => Self::default(),
        }
    }
}

fn words(kind: TargetKind) -> (&'static str, &'static str) {
    match kind {
        TargetKind::Space => ("space.joined", "space.left"),
        TargetKind::Course => ("course.enrolled", "course.left"),
    }
}

proptest! {
    #[test]
    fn events_tell_exactly_when_somebody_comes_in_or_goes_out(
        kind in prop::sample::select(TargetKind::ALL),
        changes in prop::collection::vec(change(), 0..40),
    ) {
        let (mut place, mut model, mut balance) = (None, Model::default(), 0);
        let (joined, left) = words(kind);
        for change in changes {
            let role = place.map_or(Role::Member, |(_, role)| role);
            let (next, action, event) = run(kind, place, change);
            let expected = model.changed(change, role != Role::Member);
            prop_assert_eq!(Model::of(next), expected, "{:?} from {:?}", change, place);
            match (model.inside, expected.inside) {
                (false, true) => prop_assert_eq!(event, Some(joined)),
                (true, false) => prop_assert_eq!(event, Some(left)),
                _ if kind == TargetKind::Space && model == Model::default() && expected.waits => {
                    prop_assert_eq!(event, Some("space.join_requested"));
                }
                _ => prop_assert_eq!(event, None, "{:?} from {:?}", change, place),
            }
            // A report says the same as the event.
            match action {
                Some(Action::Added | Action::Reactivated) => prop_assert_eq!(event, Some(joined)),
                Some(Action::Removed) => prop_assert_eq!(event, Some(left)),
                Some(_) => prop_assert_eq!(event, None),
                None => {}
            }
            balance += i32::from(event == Some(joined)) - i32::from(event == Some(left));
            prop_assert_eq!(balance, i32::from(expected.inside), "whoever counts events knows who is in");
            (place, model) = (next, expected);
        }
    }

    #[test]
    fn adding_again_and_removing_again_change_nothing(
        kind in prop::sample::select(TargetKind::ALL),
        changes in prop::collection::vec(change(), 0..10),
        protect in any::<bool>(),
    ) {
        let place = changes.into_iter().fold(None, |place, change| run(kind, place, change).0);
        for change in [Change::Add, Change::Remove { protect }] {
            let once = run(kind, place, change).0;
            let (twice, _, event) = run(kind, once, change);
            prop_assert_eq!((twice, event), (once, None));
        }
    }

    #[test]
    fn adding_never_takes_a_role_and_protection_never_lets_a_guard_go(
        changes in prop::collection::vec(change(), 0..10),
    ) {
        let place = changes.into_iter().fold(None, |place, change| run(TargetKind::Space, place, change).0);
        let added = run(TargetKind::Space, place, Change::Add).0;
        prop_assert_eq!(added.map(|(_, role)| role), Some(place.map_or(Role::Member, |(_, role)| role)));
        let (kept, action, _) = run(TargetKind::Space, added, Change::Remove { protect: true });
        let is_guard = matches!(added, Some((_, Role::Moderator | Role::Admin)));
        prop_assert_eq!((kept.is_some(), action == Some(Action::Protected)), (is_guard, is_guard));
        prop_assert_eq!(run(TargetKind::Space, added, Change::Remove { protect: false }).0, None);
    }
}

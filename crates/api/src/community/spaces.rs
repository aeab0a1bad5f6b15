//! Who belongs to which space.

use domain::{
    community::{self, Action, MemberStatus, Role},
    id::MembershipId,
};
use storage::{
    Conn, Result,
    memberships::{self, Membership},
    spaces::Space,
    users::User,
};

use super::{Changes, since};

/// Carries out what was decided for a user in some spaces, all in a constant number of statements.
///
/// # Errors
/// [`storage::Error::Stale`] when a membership changed since it was read,
/// [`storage::Error::Dangling`] when a space or the user is gone.
pub(crate) async fn carry_out_in_spaces<'s>(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &User,
    steps: impl Iterator<Item = (&'s Space, Option<&'s Membership>, Action)>,
) -> Result<()> {
    let (mut added, mut activated, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for (space, present, action) in steps {
        match (action, present) {
            (Action::Added | Action::Reactivated, present) => {
                let role = present.map_or(Role::Member, |membership| membership.role);
                let wanted = wanted(present, user, space, (role, MemberStatus::Active), changes);
                changes.membership(user, space, present, Some(&wanted));
                if present.is_some() {
                    activated.push(wanted.id)
                } else {
                    added.push(wanted)
                }
            }
            (Action::Removed | Action::RequestWithdrawn, Some(present)) => {
                changes.membership(user, space, Some(present), None);
                removed.push(present.id);
            }
            _ => {}
        }
    }
    // In one order everywhere: two calls for one user never wait for each other.
    added.sort_unstable_by_key(|membership| membership.space_id.uuid());
    let expected = (added.len(), activated.len(), removed.len());
    let done = (
        memberships::insert_all(conn, added).await?,
        memberships::activate_all(conn, &activated, changes.now()).await?,
        memberships::delete_all(conn, &removed).await?,
    );
    if done == expected {
        Ok(())
    } else {
        Err(storage::Error::Stale)
    }
}

/// Ends the user's membership. `protect` keeps moderators and admins in.
pub(crate) async fn leave_space(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &User,
    space: &Space,
    protect: bool,
) -> Result<Action> {
    let present = memberships::find(conn, space.id, user.id).await?;
    let action = community::remove(
        present
            .as_ref()
            .map(|membership| (membership.status, membership.role)),
        protect,
    );
    let Some(present) = present.filter(|_| action != Action::Protected) else {
        return Ok(action);
    };
    if !memberships::delete(conn, present.id).await? {
        return Ok(Action::NotMember);
    }
    changes.membership(user, space, Some(&present), None);
    Ok(action)
}

/// Gives the user this place in the space; what is `None` stays as it is, or begins with its
/// default.
///
/// # Errors
/// [`storage::Error::Stale`] when the user joined at this very
/// moment.
pub(crate) async fn set_membership(
    conn: &mut Conn,
    changes: &mut Changes,
    (user, space): (&User, &Space),
    role: Option<Role>,
    status: Option<MemberStatus>,
) -> Result<Membership> {
    let present = memberships::find(conn, space.id, user.id).await?;
    let role = role
        .or(present.as_ref().map(|membership| membership.role))
        .unwrap_or(Role::Member);
    let status = status
        .or(present.as_ref().map(|membership| membership.status))
        .unwrap_or(MemberStatus::Active);
    let wanted = wanted(present.as_ref(), user, space, (role, status), changes);
    if present.as_ref() == Some(&wanted) {
        return Ok(wanted);
    }
    if write(conn, changes, (user, space), present, &wanted).await? {
        Ok(wanted)
    } else {
        Err(storage::Error::Stale)
    }
}

/// The membership as it shall be. Who becomes active joins now.
fn wanted(
    present: Option<&Membership>,
    user: &User,
    space: &Space,
    place: (Role, MemberStatus),
    changes: &Changes,
) -> Membership {
    let (role, status) = place;
    let held = present.map(|membership| (membership.status, membership.joined_at));
    Membership {
        id: present.map_or_else(MembershipId::generate, |membership| membership.id),
        space_id: space.id,
        user_id: user.id,
        role,
        status,
        joined_at: since(held, status, changes.now()),
    }
}

/// Says whether it was written; if not, somebody else made the user a member at this very moment.
async fn write(
    conn: &mut Conn,
    changes: &mut Changes,
    (user, space): (&User, &Space),
    present: Option<Membership>,
    wanted: &Membership,
) -> Result<bool> {
    if present.is_some() {
        memberships::update(conn, wanted).await?;
    } else if !memberships::insert(conn, wanted).await? {
        return Ok(false);
    }
    changes.membership(user, space, present.as_ref(), Some(wanted));
    Ok(true)
}

//! Making and changing users.

use domain::{
    community::{UserStatus, display_name, login},
    id::UserId,
    text,
};
use storage::{
    Conn, Error, Result, Unique,
    users::{self, User},
};

use super::{Changes, logins::Logins, new_user::NewUser};
use crate::{Code, Problem};

/// Lets a user take a place somewhere, unless they are blocked.
///
/// # Errors
/// 403 `user_blocked`.
pub(crate) fn admit(user: &User) -> std::result::Result<(), Problem> {
    if user.status == UserStatus::Blocked {
        Err(Problem::new(Code::UserBlocked))
    } else {
        Ok(())
    }
}

/// Makes a user under exactly the login that was asked for, or a free one when none was.
///
/// # Errors
/// [`Error::Conflict`] when the address or the login is taken.
pub(crate) async fn create_user(
    conn: &mut Conn,
    changes: &mut Changes,
    new: NewUser,
) -> Result<User> {
    if users::find_by_email(conn, new.email.folded())
        .await?
        .is_some()
    {
        return Err(Error::Conflict(Unique::UserEmail));
    }
    let Some(username) = &new.username else {
        return match create_new_user(conn, changes, &new).await? {
            (user, true) => Ok(user),
            (_, false) => Err(Error::Conflict(Unique::UserEmail)),
        };
    };
    let user = row(&new, username, changes);
    users::insert(conn, &user).await?;
    changes.user("user.created", &user);
    Ok(user)
}

/// Makes a user for an address that had none a moment ago; says whether it is new, because somebody
/// else may have been faster. A login that is taken is numbered.
pub(crate) async fn create_new_user(
    conn: &mut Conn,
    changes: &mut Changes,
    new: &NewUser,
) -> Result<(User, bool)> {
    let mut logins = Logins::of(new);
    while let Some(username) = logins.next_free(conn).await? {
        let user = row(new, &username, changes);
        if users::try_insert(conn, &user).await? {
            changes.user("user.created", &user);
            return Ok((user, true));
        }
        if let Some(user) = users::find_by_email(conn, new.email.folded()).await? {
            return Ok((user, false));
        }
    }
    Err(Error::Conflict(Unique::Username))
}

/// Writes a changed user; `user.version` is the version that was read.
///
/// # Errors
/// [`Error::Stale`], or [`Error::Conflict`] when the address or the login is taken.
pub(crate) async fn update_user(
    conn: &mut Conn,
    changes: &mut Changes,
    user: &mut User,
) -> Result<()> {
    derive(user);
    user.updated_at = changes.now();
    users::update(conn, user).await?;
    changes.user("user.updated", user);
    Ok(())
}

fn row(new: &NewUser, username: &str, changes: &Changes) -> User {
    let mut user = User {
        id: UserId::generate(),
        email: new.email.as_str().to_owned(),
        email_folded: new.email.folded().to_owned(),
        username: username.to_owned(),
        username_folded: String::new(),
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        display_name: String::new(),
        status: new.status,
        password_hash: new.password_hash.clone(),
        search: String::new(),
        version: 1,
        created_at: changes.now(),
        updated_at: changes.now(),
    };
    derive(&mut user);
    user
}

/// Keeps what is derived in step with what it is derived from.
fn derive(user: &mut User) {
    user.username_folded = login::folded(&user.username);
    user.display_name = display_name(&user.first_name, &user.last_name, &user.username);
    user.search = text::searchable([
        user.display_name.as_str(),
        user.username.as_str(),
        user.email_folded.as_str(),
    ]);
}

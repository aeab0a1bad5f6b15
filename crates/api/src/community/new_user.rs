//! Who becomes a user.

use domain::{
    Email,
    community::{UserStatus, login},
    incoming::Person,
};

/// A person who becomes a user.
#[derive(Debug)]
pub(crate) struct NewUser {
    pub email: Email,
    pub first_name: String,
    pub last_name: String,
    /// The login that was asked for, already checked.
    pub username: Option<String>,
    pub status: UserStatus,
    /// Argon2id in PHC form.
    pub password_hash: Option<String>,
}

impl From<&Person> for NewUser {
    /// The user that the person of a call will be; the password is hashed by whoever makes the user.
    fn from(person: &Person) -> Self {
        Self {
            email: person.email.clone(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            username: person.user_login.as_deref().and_then(login::requested),
            status: UserStatus::Active,
            password_hash: None,
        }
    }
}

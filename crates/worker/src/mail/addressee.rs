//! To whom a mail goes.

use serde::Serialize;
use storage::users::User;

/// To whom a mail goes.
#[derive(Debug, Clone, Serialize)]
pub struct Addressee {
    pub email: String,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub display_name: String,
}

impl Addressee {
    /// Somebody of whom only the address is known.
    pub fn at(email: &str) -> Self {
        let nothing = String::new;
        Self {
            email: email.to_owned(),
            username: nothing(),
            first_name: nothing(),
            last_name: nothing(),
            display_name: nothing(),
        }
    }
}

impl From<User> for Addressee {
    fn from(user: User) -> Self {
        let User {
            email,
            username,
            first_name,
            last_name,
            display_name,
            ..
        } = user;
        Self {
            email,
            username,
            first_name,
            last_name,
            display_name,
        }
    }
}

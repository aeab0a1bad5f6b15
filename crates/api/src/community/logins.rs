//! Logins to try for a new user, in groups: one query tells which of a group are taken.

use std::collections::VecDeque;

use domain::community::login;
use storage::{Conn, Result, users};

use super::new_user::NewUser;

/// How many logins of one group are tried.
const GROUP: u32 = 20;
/// How many groups: 1, 2, 4 … 2¹⁹ times as far apart, so that even the millionth "member" gets a
/// login.
const GROUPS: u32 = 20;

/// The logins, best first.
#[derive(Debug)]
pub(crate) struct Logins {
    first: Vec<String>,
    /// What is numbered when all of `first` are taken.
    stem: String,
    free: VecDeque<String>,
    group: u32,
}

impl Logins {
    /// The one that was asked for, else those that address and name suggest.
    pub(crate) fn of(new: &NewUser) -> Self {
        let suggested = login::candidates(&new.email, &new.first_name, &new.last_name);
        // There is always a suggestion.
        let stem = new
            .username
            .clone()
            .or_else(|| suggested.first().cloned())
            .unwrap_or_default();
        // Room for the number.
        let stem: String = stem.chars().take(login::MAX - 8).collect();
        let first = new.username.iter().cloned().chain(suggested).collect();
        Self {
            first,
            stem,
            free: VecDeque::new(),
            group: 0,
        }
    }

    /// The next login that was free a moment ago; `None` when enough were tried.
    pub(crate) async fn next_free(&mut self, conn: &mut Conn) -> Result<Option<String>> {
        while self.free.is_empty() && self.group <= GROUPS {
            let group = self.group();
            let folded: Vec<_> = group.iter().map(|login| login::folded(login)).collect();
            let taken = users::taken_logins(conn, &folded).await?;
            self.free = group
                .into_iter()
                .filter(|login| !taken.contains(&login::folded(login)))
                .collect();
            self.group += 1;
        }
        Ok(self.free.pop_front())
    }

    /// First the logins themselves, then numbers close together, then ever further apart.
    fn group(&self) -> Vec<String> {
        let Some(doubled) = self.group.checked_sub(1) else {
            return self.first.clone();
        };
        let step = 1u32 << doubled;
        (1..=GROUP)
            .map(|n| login::numbered(&self.stem, 1 + step * n))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::{Email, community::UserStatus};

    use super::*;

    #[test]
    fn numbers_follow_the_names_and_reach_far() {
        let email = Email::parse("ines@example.org").unwrap();
        let (first_name, last_name) = ("Ines".to_owned(), "Marlow".to_owned());
        let new = NewUser {
            email,
            first_name,
            last_name,
            username: None,
            status: UserStatus::Active,
            password_hash: None,
        };
        let mut logins = Logins::of(&new);
        assert_eq!(logins.group(), ["ines", "ines_marlow", "marlow"]);
        logins.group = 1;
        assert_eq!(logins.group()[..2], ["ines2", "ines3"]);
        logins.group = GROUPS;
        assert_eq!(logins.group().last().unwrap(), "ines10485761");
        assert!(logins.group().iter().all(|login| login.len() <= login::MAX));
    }
}

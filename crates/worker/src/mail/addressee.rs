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
            first_name: harmless(first_name),
            last_name: harmless(last_name),
            display_name: harmless(display_name),
            username,
        }
    }
}

/// A name as it may stand in a mail of the house, or nothing. Strangers choose names, and mail programs
/// make links of what looks like an address of a page or of a mailbox.
fn harmless(name: String) -> String {
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_a_word = chars
            .peek()
            .is_none_or(|next| next.is_whitespace() || *next == ',');
        if matches!(
            c,
            '/' | '\\' | '@' | ':' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}'
        ) || (c == '.' && !ends_a_word)
        {
            return String::new();
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_name_is_no_link() {
        for name in [
            "Ines",
            "Jean-Luc O'Neill",
            "Sammy Davis, Jr.",
            "J. R. R.",
            "이네스",
            "",
        ] {
            assert_eq!(harmless(name.to_owned()), name);
        }
        for link in [
            "https://evil.example/reset",
            "Win at evil.example now",
            "evil.example",
            "www.evil",
            "mail me@evil",
            "evil。example",
            "evil/x",
        ] {
            assert_eq!(harmless(link.to_owned()), "", "{link}");
        }
    }
}

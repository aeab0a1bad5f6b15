//! E-mail addresses: what is accepted, and when two are the same person.

use std::fmt;

/// An address as it was given (trimmed), and the folded form under which it is unique.
///
/// Invariant: at most 254 bytes; the local part is ASCII `atext` with dots (RFC 5322, no quoted
/// form); the domain has two labels or more and is stored as A-labels (RFC 5891), so `ü.example`
/// and its punycode are one domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    shown: String,
    folded: String,
}

/// Why a text is not an acceptable address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEmail {
    #[error("An e-mail address is required.")]
    Empty,
    #[error("The e-mail address is longer than 254 characters.")]
    TooLong,
    #[error(
        "The e-mail address contains a space; a \"+\" in a urlencoded form must be sent as %2B."
    )]
    Space,
    #[error("This is not a valid e-mail address.")]
    Syntax,
}

impl Email {
    /// Reads an address; outer white space is dropped.
    ///
    /// # Errors
    /// [`NotAnEmail`] says what is wrong.
    pub fn parse(raw: &str) -> Result<Self, NotAnEmail> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(NotAnEmail::Empty);
        }
        if text.contains(' ') {
            return Err(NotAnEmail::Space);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail::Syntax)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnEmail::Syntax)?;
        if local.len() > 64 || local.len() + domain.len() + 1 > 254 {
            return Err(NotAnEmail::TooLong);
        }
        if !is_local_part(local) || !is_domain(&domain) {
            return Err(NotAnEmail::Syntax);
        }
        Ok(Self {
            shown: format!("{local}@{domain}"),
            folded: format!("{}@{domain}", local.to_ascii_lowercase()),
        })
    }

    /// The address to show and to write to.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The form that is unique: lower case, nothing else folded (plus tags and dots stay).
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.shown.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn is_local_part(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    !local.is_empty()
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

fn is_domain(domain: &str) -> bool {
    let labels: Vec<_> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric_end = labels
        .last()
        .is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    labels.len() >= 2 && labels.iter().all(is_label) && !numeric_end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_keep_their_spelling_and_fold_their_case() {
        for (raw, shown, folded) in [
            (
                " Ines@Example.org\n",
                "Ines@example.org",
                "ines@example.org",
            ),
            (
                "o'hara+news@sub.example.org",
                "o'hara+news@sub.example.org",
                "o'hara+news@sub.example.org",
            ),
            (
                "a@bücher.example",
                "a@xn--bcher-kva.example",
                "a@xn--bcher-kva.example",
            ),
        ] {
            let email = Email::parse(raw).unwrap();
            assert_eq!((email.as_str(), email.folded()), (shown, folded));
        }
    }

    #[test]
    fn bad_addresses_are_told_apart() {
        use NotAnEmail::*;
        let long = format!("{}@example.org", "x".repeat(65));
        for (raw, error) in [
            ("", Empty),
            ("   ", Empty),
            ("no-at", Syntax),
            ("a@b", Syntax),
            ("@example.org", Syntax),
            ("a..b@example.org", Syntax),
            ("é@example.org", Syntax),
            ("\"a\"@example.org", Syntax),
            ("a@-x.org", Syntax),
            ("a@1.2.3.4", Syntax),
            ("a\r\nb@example.org", Syntax),
            ("a\0@example.org", Syntax),
            ("ines marlow@example.org", Space),
            (&long, TooLong),
        ] {
            assert_eq!(Email::parse(raw), Err(error), "{raw:?}");
        }
    }
}

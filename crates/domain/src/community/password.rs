//! Passwords that users choose.

use std::fmt;

use crate::Invalid;

/// Shortest password that can be chosen, in bytes.
pub const MIN_CHOSEN: usize = 8;

/// Longest password, in bytes; more would only cost hashing time.
pub const MAX_PASSWORD: usize = 4096;

/// A password on its way to being hashed. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Byte-exact, nothing trimmed.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For hashing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Checks a password that a user chose; it is taken byte for byte.
///
/// # Errors
/// `too_short`, `too_long` or `control_character`; never says what the password is.
pub fn chosen(pointer: &str, text: String) -> Result<Password, Invalid> {
    if text.len() < MIN_CHOSEN {
        return Err(Invalid::one(
            pointer,
            "too_short",
            format!("Must be at least {MIN_CHOSEN} bytes long."),
        ));
    }
    if text.len() > MAX_PASSWORD {
        return Err(Invalid::one(
            pointer,
            "too_long",
            format!("Must be at most {MAX_PASSWORD} bytes long."),
        ));
    }
    if text.contains('\0') {
        return Err(Invalid::one(
            pointer,
            "control_character",
            "Must not contain NUL.",
        ));
    }
    Ok(Password::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_passwords_are_bounded_and_kept_as_they_are() {
        let code = |text: String| chosen("/password", text).unwrap_err().0.remove(0).code;
        assert_eq!(code("1234567".into()), "too_short");
        assert_eq!(code("x".repeat(4097)), "too_long");
        assert_eq!(code("1234567\0".into()), "control_character");
        for good in ["  spaces  ".to_owned(), "pässwö".into(), "x".repeat(4096)] {
            assert_eq!(chosen("/password", good.clone()).unwrap().expose(), good);
        }
    }
}

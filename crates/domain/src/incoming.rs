//! Incoming webhooks: what their owners configure, and what a call sends, whatever its content type
//! was.

mod allowed;
mod spec;
pub mod verification;

use crate::{
    Email, Invalid,
    community::{
        email::NotAnEmail,
        password::{MAX_PASSWORD, Password},
    },
    text::clean_name,
};

pub use allowed::is_allowed_address;
pub use spec::{FieldMap, WebhookSpec};

/// How many characters of a first or last name are kept.
pub const MAX_NAME: usize = 100;

/// The names of a call's fields, as documented.
pub const FIELDS: &[&str] = &[
    "email",
    "first_name",
    "last_name",
    "user_login",
    "user_pass",
    "user_password",
];

/// The fields of a call as they were sent, named as in the documentation.
#[derive(Debug, Default)]
pub struct CallFields {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub user_login: Option<String>,
    pub user_pass: Option<Password>,
    pub user_password: Option<Password>,
}

/// The person of a call, checked.
#[derive(Debug)]
pub struct Person {
    pub email: Email,
    pub first_name: String,
    pub last_name: String,
    /// The login that was asked for.
    pub user_login: Option<String>,
    pub password: Option<Password>,
}

impl CallFields {
    /// Sets a field by its documented name; unknown names are ignored, because forms send many.
    /// The last of several values wins.
    pub fn set(&mut self, name: &str, value: String) {
        match name {
            "email" => self.email = Some(value),
            "first_name" => self.first_name = Some(value),
            "last_name" => self.last_name = Some(value),
            "user_login" => self.user_login = Some(value),
            "user_pass" => self.user_pass = Some(Password::new(value)),
            "user_password" => self.user_password = Some(Password::new(value)),
            _ => {}
        }
    }

    /// Checks the fields.
    ///
    /// # Errors
    /// Every field that is wrong; the pointers are the documented names.
    pub fn check(self) -> Result<Person, Invalid> {
        let mut invalid = Invalid::default();
        // A form sends an empty field where JSON leaves it out: both are missing.
        let email = match Email::parse(self.email.as_deref().unwrap_or("")) {
            Ok(email) => Some(email),
            Err(error) => {
                let code = if error == NotAnEmail::Empty {
                    "required"
                } else {
                    "invalid_email"
                };
                invalid.push("email", code, error.to_string());
                None
            }
        };
        let password = invalid
            .take(one_password(self.user_pass, self.user_password))
            .flatten();
        let name = |raw: Option<String>| clean_name(raw.as_deref().unwrap_or(""), MAX_NAME);
        let person = email.map(|email| Person {
            email,
            first_name: name(self.first_name),
            last_name: name(self.last_name),
            user_login: self.user_login,
            password,
        });
        match person {
            Some(person) => invalid.or(person),
            None => Err(invalid),
        }
    }
}

fn one_password(
    pass: Option<Password>,
    password: Option<Password>,
) -> Result<Option<Password>, Invalid> {
    let filled = |p: Option<Password>| p.filter(|p| !p.expose().is_empty());
    let (name, chosen) = match (filled(pass), filled(password)) {
        (None, None) => return Ok(None),
        (Some(a), Some(b)) if a != b => {
            return Err(Invalid::one(
                "user_password",
                "conflicting_passwords",
                "user_pass and user_password differ; send only one of them.",
            ));
        }
        (Some(pass), _) => ("user_pass", pass),
        (None, Some(password)) => ("user_password", password),
    };
    if chosen.expose().len() > MAX_PASSWORD {
        return Err(Invalid::one(
            name,
            "too_long",
            format!("Must be at most {MAX_PASSWORD} bytes long."),
        ));
    }
    if chosen.expose().contains('\0') {
        return Err(Invalid::one(
            name,
            "control_character",
            "Must not contain NUL.",
        ));
    }
    Ok(Some(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> CallFields {
        let mut fields = CallFields::default();
        pairs
            .iter()
            .for_each(|(name, value)| fields.set(name, (*value).to_owned()));
        fields
    }

    #[test]
    fn the_documented_form_is_understood() {
        let person = fields(&[
            ("email", " ines@example.org "),
            ("first_name", " Ines "),
            ("last_name", "Marlow"),
            ("user_login", "ines"),
            ("user_pass", " 0\"'ü "),
            ("utm_source", "x"),
        ])
        .check()
        .unwrap();
        assert_eq!(
            (person.email.as_str(), person.first_name.as_str()),
            ("ines@example.org", "Ines")
        );
        assert_eq!(person.password.unwrap().expose(), " 0\"'ü ");
    }

    #[test]
    fn both_password_names_mean_the_same_field() {
        let of = |a: &str, b: &str| {
            fields(&[("email", "a@b.org"), ("user_pass", a), ("user_password", b)]).check()
        };
        assert_eq!(of("x", "x").unwrap().password.unwrap().expose(), "x");
        assert_eq!(of("", "y").unwrap().password.unwrap().expose(), "y");
        assert!(of("", "").unwrap().password.is_none());
        assert_eq!(of("x", "y").unwrap_err().0[0].code, "conflicting_passwords");
        let too_long = "x".repeat(4097);
        for (pass, password, name) in [
            (too_long.as_str(), "", "user_pass"),
            ("", &too_long, "user_password"),
        ] {
            let error = of(pass, password).unwrap_err().0.remove(0);
            assert_eq!((error.pointer.as_str(), error.code), (name, "too_long"));
        }
    }

    #[test]
    fn a_missing_and_a_broken_address_are_told_apart() {
        assert_eq!(fields(&[]).check().unwrap_err().0[0].code, "required");
        assert_eq!(
            fields(&[("email", "x")]).check().unwrap_err().0[0].code,
            "invalid_email"
        );
    }
}

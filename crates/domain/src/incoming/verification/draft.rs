//! What an owner says about verification, and what is wrong with it.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Encoding, Scheme, Verification};
use crate::{Invalid, http_token::is_header_name, outbound::signature::SigningSecret};

/// Bytes of a secret: fewer could be guessed from one signed call.
const SECRET: std::ops::RangeInclusive<usize> = 16..=512;
/// Bytes of a password, which can be tried only one call at a time.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=255;
const TOLERANCE: std::ops::RangeInclusive<i64> = 30..=3600;
const DEFAULT_TOLERANCE: i64 = 300;

/// The fields of all schemes, as they were sent. A secret that is left out is the one that is
/// there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerificationDraft {
    scheme: String,
    header: Option<String>,
    encoding: Option<String>,
    prefix: Option<String>,
    tolerance_seconds: Option<i64>,
    username: Option<String>,
    password: Option<SecretString>,
    secret: Option<SecretString>,
}

impl VerificationDraft {
    /// Checks the settings. A secret that was not sent is taken from `stored`, if that is of the
    /// same scheme.
    ///
    /// # Errors
    /// All problems at once; the pointers begin with `/verification`.
    pub fn check(mut self, stored: Option<&Verification>) -> Result<Verification, Invalid> {
        let mut invalid = Invalid::default();
        let scheme = match self.scheme.as_str() {
            "none" => Scheme::None,
            "hmac_sha256" => Scheme::HmacSha256 {
                header: self.header(&mut invalid),
                encoding: self.encoding(&mut invalid),
                prefix: self.prefix(&mut invalid),
            },
            "standard_webhooks" => Scheme::StandardWebhooks {
                tolerance_seconds: self.tolerance(&mut invalid),
            },
            "stripe" => Scheme::Stripe {
                tolerance_seconds: self.tolerance(&mut invalid),
            },
            "github" => Scheme::Github,
            "shopify" => Scheme::Shopify,
            "basic" => Scheme::Basic {
                username: self.username(&mut invalid),
            },
            "header" => Scheme::Header {
                header: self.header(&mut invalid),
            },
            _ => {
                return Err(Invalid::one(
                    "/verification/scheme",
                    "invalid_value",
                    format!("Use one of {}.", Scheme::NAMES.join(", ")),
                ));
            }
        };
        let secret = self.secret_of(&scheme, stored, &mut invalid);
        self.name_the_rest(&mut invalid);
        invalid.or(Verification { scheme, secret })
    }

    fn header(&mut self, invalid: &mut Invalid) -> String {
        // Left out and empty are the same mistake.
        let header = self.header.take().unwrap_or_default();
        if header.is_empty() {
            invalid.push(
                "/verification/header",
                "required",
                "The name of the header is required.",
            );
        } else if !is_header_name(&header) {
            invalid.push(
                "/verification/header",
                "invalid_header_name",
                "Use 1 to 100 letters, digits and !#$%&'*+-.^_`|~.",
            );
        }
        header
    }

    fn encoding(&mut self, invalid: &mut Invalid) -> Encoding {
        match self.encoding.take().as_deref() {
            None | Some("hex") => Encoding::Hex,
            Some("base64") => Encoding::Base64,
            Some(_) => {
                invalid.push(
                    "/verification/encoding",
                    "invalid_value",
                    "Use hex or base64.",
                );
                Encoding::Hex
            }
        }
    }

    fn prefix(&mut self, invalid: &mut Invalid) -> Option<String> {
        let prefix = self.prefix.take().filter(|prefix| !prefix.is_empty());
        if prefix.as_ref().is_some_and(|prefix| {
            prefix.len() > 32 || !prefix.bytes().all(|byte| byte.is_ascii_graphic())
        }) {
            invalid.push(
                "/verification/prefix",
                "invalid_value",
                "Use at most 32 visible ASCII characters, such as \"sha256=\".",
            );
        }
        prefix
    }

    fn tolerance(&mut self, invalid: &mut Invalid) -> i64 {
        let tolerance = self.tolerance_seconds.take().unwrap_or(DEFAULT_TOLERANCE);
        if !TOLERANCE.contains(&tolerance) {
            invalid.push(
                "/verification/tolerance_seconds",
                "out_of_range",
                "Must be 30 to 3600.",
            );
        }
        tolerance
    }

    fn username(&mut self, invalid: &mut Invalid) -> String {
        // Left out and empty are the same mistake.
        let username = self.username.take().unwrap_or_default();
        if username.is_empty() {
            invalid.push(
                "/verification/username",
                "required",
                "The user name is required.",
            );
        } else if username.len() > 255 || username.chars().any(|c| c == ':' || c.is_control()) {
            let detail = "Use at most 255 bytes without colons and control characters.";
            invalid.push("/verification/username", "invalid_username", detail);
        }
        username
    }

    fn secret_of(
        &mut self,
        scheme: &Scheme,
        stored: Option<&Verification>,
        invalid: &mut Invalid,
    ) -> SecretString {
        let Some(field) = scheme.secret_field() else {
            return SecretString::default();
        };
        let pointer = format!("/verification/{field}");
        let given = if field == "password" {
            self.password.take()
        } else {
            self.secret.take()
        };
        let same = |old: &&Verification| {
            std::mem::discriminant(&old.scheme) == std::mem::discriminant(scheme)
        };
        match (given, stored.filter(same)) {
            (Some(given), _) => {
                if let Some((code, detail)) = flaw(scheme, given.expose_secret()) {
                    invalid.push(pointer, code, detail);
                }
                given
            }
            (None, Some(old)) => old.secret.clone(),
            (None, None) => {
                invalid.push(
                    pointer,
                    "required",
                    "Required, because none is stored for this scheme.",
                );
                // Never used: the mistake that was just noted ends the check.
                SecretString::default()
            }
        }
    }

    /// What is left belongs to other schemes.
    fn name_the_rest(&self, invalid: &mut Invalid) {
        for (name, given) in [
            ("header", self.header.is_some()),
            ("encoding", self.encoding.is_some()),
            ("prefix", self.prefix.is_some()),
            ("tolerance_seconds", self.tolerance_seconds.is_some()),
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("secret", self.secret.is_some()),
        ] {
            if given {
                let detail = format!("The scheme {} has no such field.", self.scheme);
                invalid.push(format!("/verification/{name}"), "unknown_field", detail);
            }
        }
    }
}

/// What is wrong with a secret: a code and a sentence, neither of which repeats it.
fn flaw(scheme: &Scheme, secret: &str) -> Option<(&'static str, String)> {
    let sizes = if scheme.secret_field() == Some("password") {
        PASSWORD
    } else {
        SECRET
    };
    let wrong = |detail: &str| Some(("invalid_secret", detail.to_owned()));
    if secret.len() < *sizes.start() {
        return Some((
            "too_short",
            format!("Must be at least {} bytes long.", sizes.start()),
        ));
    }
    if secret.len() > *sizes.end() {
        return Some((
            "too_long",
            format!("Must be at most {} bytes long.", sizes.end()),
        ));
    }
    if secret.trim() != secret || secret.chars().any(char::is_control) {
        return wrong("Must not begin or end with white space, or contain control characters.");
    }
    match scheme {
        Scheme::StandardWebhooks { .. } if secret.parse::<SigningSecret>().is_err() => {
            wrong("A secret of this scheme is whsec_ and the base64 of 24 to 64 bytes.")
        }
        Scheme::Stripe { .. } if !secret.starts_with("whsec_") => {
            wrong("A secret of this scheme begins with whsec_.")
        }
        Scheme::Header { .. } if !secret.is_ascii() => {
            wrong("A header can carry ASCII characters only.")
        }
        _ => None,
    }
}

//! What a 401 asks for (RFC 9110, section 11.6.1).

/// The way in which a caller could prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    ApiKey,
    Password,
    Signature,
}

impl Challenge {
    /// The value of `WWW-Authenticate`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "Bearer",
            Self::Password => "Basic realm=\"incoming webhook\", charset=\"UTF-8\"",
            Self::Signature => "Signature",
        }
    }
}

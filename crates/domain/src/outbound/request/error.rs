//! Why a request cannot be made.

use crate::{
    json::JsonError,
    outbound::{retry::AttemptErrorCode, template::TemplateError},
    vault::CannotDecrypt,
};

/// Most bytes of a body. (A form can be several times as long as the JSON that it writes.)
pub const MAX_PAYLOAD: usize = 4 * 1024 * 1024;
/// Most bytes of the URL of a GET, its own query and the payload's pairs included.
pub const MAX_GET_URL: usize = 8 * 1024;

/// Why there is nothing that can be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("The event's data cannot be used: {0}.")]
    Data(#[from] JsonError),
    #[error("The field \"{key}\" cannot be rendered: {error}")]
    Template { key: String, error: TemplateError },
    #[error("The condition cannot be evaluated: {0}")]
    Condition(TemplateError),
    #[error("The body would be longer than {MAX_PAYLOAD} bytes.")]
    BodyTooLong,
    #[error(
        "The URL with the data in its query would be longer than {MAX_GET_URL} bytes; use POST."
    )]
    UrlTooLong,
    #[error("The query is not text.")]
    NotText,
    #[error("The feed's secrets cannot be used: {0}")]
    Locked(#[from] CannotDecrypt),
}

impl RequestError {
    /// What the attempt that could not be made is recorded with.
    pub const fn code(&self) -> AttemptErrorCode {
        match self {
            Self::Data(_)
            | Self::Template { .. }
            | Self::Condition(_)
            | Self::NotText
            | Self::Locked(_) => AttemptErrorCode::Render,
            Self::BodyTooLong | Self::UrlTooLong => AttemptErrorCode::TooLarge,
        }
    }
}

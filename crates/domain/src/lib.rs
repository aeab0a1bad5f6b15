//! Hookyard's nouns and rules. Everything here is a value or a pure function: no IO, no async, no
//! SQL, no HTTP. Time and randomness are arguments, so that every rule can be tested exactly.

pub mod api_key;
pub mod clock;
pub mod community;
pub mod delivery;
pub mod event;
pub mod event_type;
pub mod feed;
mod http_token;
pub mod id;
pub mod incoming;
pub mod invalid;
pub mod json;
pub mod mail;
pub mod outbound;
pub mod secret;
pub mod text;
pub mod vault;
pub mod words;

pub use clock::{Clock, Instant};
pub use community::email::Email;
pub use invalid::{FieldError, Invalid};

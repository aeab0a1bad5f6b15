//! Hookyard's nouns and rules. Everything here is a value or a pure function: no IO, no async, no
//! SQL, no HTTP. Time and randomness are arguments, so that every rule can be tested exactly.

pub mod api_key;
pub mod clock;
pub mod community;
pub mod delivery;
pub mod email;
pub mod event;
pub mod event_type;
pub mod feed;
pub mod id;
pub mod incoming;
pub mod invalid;
pub mod login;
pub mod mail;
pub mod outbound;
pub mod password;
pub mod secret;
pub mod slug;
pub mod text;
pub mod vault;

pub use clock::{Clock, Instant};
pub use email::Email;
pub use invalid::{FieldError, Invalid};

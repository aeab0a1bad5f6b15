//! Hookyard's nouns and rules. Everything here is a value or a pure function: no IO, no async, no
//! SQL, no HTTP.
//!
//! A rule that depends on the time, or on chance, takes them as arguments, so that it can be tested
//! exactly. Only three things ask the system, because no caller should choose them: the clock that
//! callers are handed ([`Clock::system`]), new ids ([`id::Id::generate`]), and the random bytes of
//! keys, tokens and nonces (`random`).

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
mod random;
pub mod secret;
pub mod settings;
pub mod text;
pub mod vault;
pub mod words;

pub use clock::{Clock, Instant};
pub use community::email::Email;
pub use invalid::{FieldError, Invalid};

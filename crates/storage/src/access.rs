//! Who may do what: API keys, links to set a password, and requests that may be repeated.

pub mod api_keys;
pub mod bootstrap_keys;
pub mod idempotency;
pub mod master_key_check;
pub mod password_tokens;

//! Feeds: what the owner of an outgoing webhook configures.

mod check;
mod header;
mod keys;
mod paths;
pub mod sending;

use serde::{Deserialize, Serialize};

use crate::{
    outbound::{
        request::{Format, Method},
        signature::SignatureKind,
    },
    words::words,
};
pub use check::{MAX_IN_FLIGHT, TIMEOUT_MS};
pub use header::{FeedHeader, header_value};
pub use keys::{
    FeedVault, GRACE_SECONDS, MAX_GRACE_SECONDS, MAX_PREVIOUS, PreviousSecret, SealedKeys,
    TooManyPrevious,
};
pub use paths::NamedPath;

words! {
    /// Whether a feed sends.
    FeedState { Enabled = "enabled", Disabled = "disabled", AutoDisabled = "auto_disabled" }
}

/// What is sent: everything, or the chosen fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum FeedBody {
    /// The envelope with all data.
    #[default]
    All,
    /// A flat object of these fields.
    Selected { fields: Vec<SelectedField> },
}

/// One key of a selected body and the template of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedField {
    pub key: String,
    pub value: String,
}

/// Everything about a feed that its owner can say.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedSpec {
    pub title: String,
    pub url: Option<String>,
    pub method: Method,
    pub format: Format,
    pub signature: SignatureKind,
    pub headers: Vec<FeedHeader>,
    pub body: FeedBody,
    pub events: Vec<String>,
    pub condition: Option<String>,
    pub timeout_ms: i32,
    pub max_in_flight: i32,
    pub rate_limit_per_second: Option<i32>,
    /// Seconds after the previous try, one entry for each retry.
    pub retry_schedule: Option<Vec<u32>>,
    pub retry_client_errors: bool,
}

impl Default for FeedSpec {
    fn default() -> Self {
        Self {
            title: String::new(),
            url: None,
            method: Method::Post,
            format: Format::Json,
            signature: SignatureKind::V1,
            headers: Vec::new(),
            body: FeedBody::All,
            events: Vec::new(),
            condition: None,
            timeout_ms: 15_000,
            max_in_flight: 16,
            rate_limit_per_second: None,
            retry_schedule: None,
            retry_client_errors: true,
        }
    }
}

/// Whether one of a feed's `events` stands for this type: the name itself, `order.*`, or `*`.
pub fn listens(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => pattern == kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_by_prefix() {
        for (pattern, kind, matches) in [
            ("order.paid", "order.paid", true),
            ("order.paid", "order.paid.late", false),
            ("order.*", "order.paid", true),
            ("order.*", "orders.paid", false),
            ("*", "anything", true),
        ] {
            assert_eq!(listens(pattern, kind), matches, "{pattern} {kind}");
        }
    }
}

//! Feeds: what the owner of an outgoing webhook configures.

mod check;
mod header;
mod keys;
mod lengths;
mod paths;
pub mod sending;
mod spec;

use crate::words::words;
pub use check::{MAX_IN_FLIGHT, TIMEOUT_MS};
pub use header::{FeedHeader, header_value};
pub use keys::{
    FeedVault, GRACE_SECONDS, MAX_GRACE_SECONDS, MAX_PREVIOUS, PreviousSecret, SealedKeys,
    TooManyPrevious,
};
pub use paths::NamedPath;
pub use spec::{FeedBody, FeedSettings, FeedSpec, SelectedField};

words! {
    /// Whether a feed sends.
    FeedState { Enabled = "enabled", Disabled = "disabled", AutoDisabled = "auto_disabled" }
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

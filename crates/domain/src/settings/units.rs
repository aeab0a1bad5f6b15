//! Spans of time whose unit is in the name of their key.

use std::{fmt, time::Duration};

use serde::Deserialize;

macro_rules! units {
    ($($(#[$doc:meta])* $name:ident: $milliseconds:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            #[must_use]
            pub const fn duration(self) -> Duration {
                Duration::from_millis(self.0 as u64 * $milliseconds)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

units! {
    /// The unit of keys that end in `_ms`.
    Milliseconds: 1;
    /// The unit of keys that end in `_seconds`.
    Seconds: 1_000;
    /// The unit of keys that end in `_hours`.
    Hours: 3_600_000;
    /// The unit of keys that end in `_days`.
    Days: 86_400_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_has_its_length() {
        let seconds = Duration::from_secs;
        assert_eq!(Milliseconds(1_500).duration(), Duration::from_millis(1_500));
        assert_eq!(Seconds(90).duration(), seconds(90));
        assert_eq!(Hours(24).duration(), seconds(86_400));
        assert_eq!(Days(2).duration(), seconds(172_800));
        assert_eq!(
            Days(u32::MAX).duration(),
            seconds(u64::from(u32::MAX) * 86_400)
        );
    }
}

//! Where the time comes from. Everything that needs "now" is handed a [`Clock`].

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};

/// A UTC instant with microsecond precision, the precision that both databases keep.
pub type Instant = DateTime<Utc>;

/// The present, from the system or set by a test.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<Mutex<Instant>>>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn fixed(at: Instant) -> Self {
        Self(Some(Arc::new(Mutex::new(to_micros(at)))))
    }

    /// The current instant, cut to microseconds.
    pub fn now(&self) -> Instant {
        match &self.0 {
            None => to_micros(Utc::now()),
            Some(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock; the system's clock does not listen.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *at += by;
        }
    }
}

/// Whether both databases and RFC 3339 can write the instant: years 1970 to 9999, in UTC.
pub fn is_recordable(at: Instant) -> bool {
    (1970..=9999).contains(&at.year())
}

/// Cuts to microseconds, so that a value read back from a database equals the one written.
pub fn to_micros(at: Instant) -> Instant {
    at.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(clock.now().timestamp(), 5);
    }

    #[test]
    fn instants_carry_no_nanoseconds() {
        let at = DateTime::from_timestamp_nanos(1_700_000_000_123_456_789);
        assert_eq!(to_micros(at).timestamp_subsec_nanos(), 123_456_000);
        for far in [
            "1000-01-01T00:00:00.123456789Z",
            "9999-12-31T23:59:59.123456789Z",
        ] {
            let at: Instant = far.parse().unwrap();
            assert_eq!(to_micros(at).timestamp_subsec_nanos(), 123_456_000, "{far}");
        }
    }
}

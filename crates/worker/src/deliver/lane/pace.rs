//! How fast a lane gets on: what may be taken from the database ahead of time.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);

/// Counts the attempts that end, second by second.
#[derive(Debug)]
pub(super) struct Pace {
    since: Instant,
    ended: usize,
    /// In the second before.
    before: usize,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            ended: 0,
            before: 0,
        }
    }

    /// An attempt has ended.
    pub(super) fn note(&mut self, now: Instant) {
        self.turn(now);
        self.ended += 1;
    }

    /// How many a second end lately; what is queued beyond that waits for more than a second.
    pub(super) fn lately(&mut self, now: Instant) -> usize {
        self.turn(now);
        self.ended.max(self.before)
    }

    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed >= WINDOW {
            self.before = if passed < 2 * WINDOW { self.ended } else { 0 };
            self.ended = 0;
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_has_no_pace() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.lately(start), 0);
        for _ in 0..3 {
            pace.note(start);
        }
        assert_eq!(pace.lately(start), 3);
        assert_eq!(pace.lately(start + WINDOW), 3, "the second before");
        assert_eq!(pace.lately(start + 4 * WINDOW), 0);
    }
}

//! When the next try is due.

use chrono::TimeDelta;

use super::FinishedAttempt;
use crate::Instant;

/// Seconds after the previous try, for each retry of a feed that has no schedule of its own: 5 s, 5
/// min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
pub const DEFAULT_SCHEDULE: &[u32] =
    &[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Jitter to either side, as a part of the delay.
const JITTER: f64 = 0.2;

/// The delays of a feed's retries, in seconds after the previous try. Empty means one try only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<u32>);

impl Default for Schedule {
    fn default() -> Self {
        Self(DEFAULT_SCHEDULE.to_vec())
    }
}

impl Schedule {
    /// A feed's own schedule.
    pub fn new(seconds: Vec<u32>) -> Self {
        Self(seconds)
    }

    /// When the try after this one is due, within ±20 % of the delay; `None` when there is none
    /// left.
    pub fn next(&self, attempt: FinishedAttempt) -> Option<Instant> {
        let index = usize::try_from(attempt.number.checked_sub(1)?).ok()?;
        let seconds = f64::from(*self.0.get(index)?);
        let random = if attempt.random.is_finite() {
            attempt.random.clamp(0.0, 1.0)
        } else {
            0.5
        };
        let delay = seconds * (1.0 - JITTER + 2.0 * JITTER * random);
        // A u32 of seconds is at most 1.2 × 4.3e15 microseconds, far inside of i64.
        Some(attempt.at + TimeDelta::microseconds((delay * 1e6).round() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn delay_ms(schedule: &Schedule, number: u32, random: f64) -> Option<i64> {
        let at = DateTime::UNIX_EPOCH;
        schedule
            .next(FinishedAttempt { number, at, random })
            .map(|next| (next - at).num_milliseconds())
    }

    #[test]
    fn the_default_has_nine_retries() {
        let delays: Vec<_> = (1..=10)
            .map(|number| delay_ms(&Schedule::default(), number, 0.5))
            .collect();
        let hours = |h: i64| Some(h * 3_600_000);
        let expected = [
            Some(5_000),
            Some(300_000),
            Some(1_800_000),
            hours(2),
            hours(5),
            hours(10),
            hours(14),
            hours(20),
            hours(24),
            None,
        ];
        assert_eq!(delays, expected);
    }

    #[test]
    fn the_readme_tells_the_default() {
        let words = include_str!("../../../../../README.md").split_whitespace();
        let readme = words.collect::<Vec<_>>().join(" ");
        let told = |seconds: &u32| match seconds {
            0..60 => format!("{seconds} s"),
            60..3_600 => format!("{} min", seconds / 60),
            _ => format!("{} h", seconds / 3_600),
        };
        let first: Vec<_> = DEFAULT_SCHEDULE.iter().take(4).map(told).collect();
        let sentence = format!("a schedule ({} … over four days", first.join(", "));
        assert!(readme.contains(&sentence), "{sentence}");
        let longest = f64::from(DEFAULT_SCHEDULE.iter().sum::<u32>()) * (1.0 + JITTER);
        assert!((3.0..4.0).contains(&(longest / 86_400.0)), "{longest}");
    }

    #[test]
    fn jitter_spreads_over_a_fifth_to_either_side() {
        let schedule = Schedule::new(vec![10]);
        assert_eq!(delay_ms(&schedule, 1, 0.0), Some(8_000));
        assert_eq!(delay_ms(&schedule, 1, 1.0), Some(12_000));
        let mut last = 0;
        for step in 0..1000 {
            let delay = delay_ms(&schedule, 1, f64::from(step) / 1000.0).unwrap();
            assert!(
                (8_000..=12_000).contains(&delay) && delay > last,
                "{step}: {delay}"
            );
            last = delay;
        }
        for odd in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
            assert!((8_000..=12_000).contains(&delay_ms(&schedule, 1, odd).unwrap()));
        }
    }

    #[test]
    fn a_schedule_of_ones_own() {
        let schedule = Schedule::new(vec![1, u32::MAX]);
        assert_eq!(delay_ms(&schedule, 1, 0.5), Some(1_000));
        assert_eq!(
            delay_ms(&schedule, 2, 0.5),
            Some(i64::from(u32::MAX) * 1000)
        );
        assert_eq!(delay_ms(&schedule, 3, 0.5), None);
        assert_eq!(delay_ms(&schedule, 0, 0.5), None);
        assert_eq!(delay_ms(&schedule, u32::MAX, 0.5), None);
    }
}

//! A token bucket: how many deliveries a feed may begin now.

use std::time::{Duration, Instant};

/// Fills at the feed's rate and holds a tenth of a second of it (at least one), so that no second
/// sees much more than the rate.
#[derive(Debug)]
pub(super) struct TokenBucket {
    rate: u32,
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    pub(super) fn new(rate: u32, now: Instant) -> Self {
        Self {
            rate,
            tokens: size(rate),
            filled: now,
        }
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Whole tokens that are there.
    pub(super) fn tokens(&mut self, now: Instant) -> usize {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * f64::from(self.rate)).min(size(self.rate));
        self.filled = now;
        self.tokens as usize
    }

    pub(super) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// A token that was taken and is not needed.
    pub(super) fn put_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(size(self.rate));
    }

    /// How long until there is a whole token.
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.tokens) / f64::from(self.rate)).max(0.0))
    }
}

fn size(rate: u32) -> f64 {
    (f64::from(rate) / 10.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_the_rate_and_a_tenth() {
        for rate in [1, 7, 100, 10_000] {
            let start = Instant::now();
            let mut bucket = TokenBucket::new(rate, start);
            let mut taken = 0;
            for ms in 0..=1000 {
                while bucket.tokens(start + Duration::from_millis(ms)) > 0 {
                    bucket.take();
                    taken += 1;
                }
            }
            let most = rate + (rate / 10).max(1);
            assert!((rate..=most).contains(&taken), "{rate}: {taken}");
        }
    }

    #[test]
    fn it_says_when_the_next_token_comes() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(4, start);
        assert_eq!((bucket.tokens(start), bucket.wait()), (1, Duration::ZERO));
        bucket.take();
        assert_eq!(
            (bucket.tokens(start), bucket.wait()),
            (0, Duration::from_millis(250))
        );
        assert_eq!(bucket.tokens(start + Duration::from_millis(250)), 1);
        assert_eq!(
            bucket.tokens(start + Duration::from_secs(60)),
            1,
            "an idle bucket does not pile up"
        );
    }
}

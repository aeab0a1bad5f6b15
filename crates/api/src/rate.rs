//! Limits on how often something may happen in a minute, by whatever key. Each process counts for itself.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock as _, clock::DefaultClock};

use crate::{Code, Problem};

/// Most keys that are remembered; beyond, those that were quiet for longest are forgotten.
const MAX_KEYS: u64 = 100_000;
/// A key that was quiet for this long has its whole allowance back anyway.
const QUIET: Duration = Duration::from_secs(60);

/// Counts by key, in bounded memory. Cheap to clone.
#[derive(Clone)]
pub(crate) struct RateLimits<K>(moka::sync::Cache<(K, NonZeroU32), Arc<DefaultDirectRateLimiter>>);

impl<K: Hash + Eq + Send + Sync + 'static> Default for RateLimits<K> {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MAX_KEYS).time_to_idle(QUIET).build())
    }
}

impl<K: Hash + Eq + Send + Sync + 'static> RateLimits<K> {
    /// Counts one more; `None` is no limit. A burst may use a minute's allowance at once.
    ///
    /// # Errors
    /// 429 `too_many_requests`, with the seconds after which there is room again.
    pub(crate) fn count(&self, key: K, per_minute: Option<NonZeroU32>) -> Result<(), Problem> {
        let Some(per_minute) = per_minute else { return Ok(()) };
        let limiter = self.0.get_with((key, per_minute), || Arc::new(RateLimiter::direct(Quota::per_minute(per_minute))));
        limiter.check().map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::new(Code::TooManyRequests).retry_after(wait.as_secs() + 1)
        })
    }
}

/// What stands for one client: an IPv4 address, or the /64 network of an IPv6 address, which one client has whole.
pub(crate) fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_allowance_and_no_more() {
        let limits = RateLimits::default();
        let three = NonZeroU32::new(3);
        for _ in 0..3 {
            assert!(limits.count("a", three).is_ok());
        }
        let problem = limits.count("a", three).unwrap_err();
        assert!(problem.code == Code::TooManyRequests && problem.retry_after.is_some_and(|after| (1..=21).contains(&after)));
        assert!(limits.count("b", three).is_ok());
        assert!((0..100).all(|_| limits.count("a", None).is_ok()));
    }

    #[test]
    fn a_network_of_one_client_is_one_key() {
        let of = |text: &str| client(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("203.0.113.1"), of("203.0.113.2"));
    }
}

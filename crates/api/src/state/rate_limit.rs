//! Limits on how often something may happen, each key by itself; each process counts for itself.
//! Memory is bounded: of more keys than [`MOST_KEYS`], those that were not seen for longest are
//! forgotten, and begin again.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use moka::future::Cache;

use crate::{Code, Problem};

/// Keys that are remembered at once.
const MOST_KEYS: u64 = 100_000;

/// A limit for many keys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct RateLimit<K: Hash + Eq> {
    quota: Arc<dyn Fn(&K) -> Quota + Send + Sync>,
    limiters: Cache<K, Arc<DefaultDirectRateLimiter>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> RateLimit<K> {
    /// Every key gets this quota; all of it at once, if it wants.
    pub(crate) fn new(quota: Quota) -> Self {
        Self::by_key(quota.burst_size_replenished_in(), move |_| quota)
    }

    /// Every key gets a quota of its own, which is whole again after `full` at the latest.
    pub(crate) fn by_key(
        full: Duration,
        quota: impl Fn(&K) -> Quota + Send + Sync + 'static,
    ) -> Self {
        // A key that was not seen for that long has its whole quota again, as a new one has.
        let quiet = full + Duration::from_secs(1);
        Self {
            quota: Arc::new(quota),
            limiters: Cache::builder()
                .max_capacity(MOST_KEYS)
                .time_to_idle(quiet)
                .build(),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(crate) async fn check(&self, key: K) -> Result<(), Problem> {
        let quota = (self.quota)(&key);
        let limiter = self
            .limiters
            .get_with(key, async { Arc::new(RateLimiter::direct(quota)) })
            .await;
        limiter.check().map_err(|refused| {
            let wait = refused.wait_time_from(limiter.clock().now());
            Problem::new(Code::TooManyRequests).retry_after(wait.as_secs_f64().ceil() as u64)
        })
    }
}

/// What counts as one source: an IPv4 address, or the network that one subscriber has in IPv6.
pub(crate) fn source_key(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V6(address)) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        Some(address) => address,
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[tokio::test]
    async fn each_key_has_its_own_quota_and_is_told_when_to_come_again() {
        let limit = RateLimit::new(Quota::per_minute(NonZeroU32::new(2).unwrap()));
        for _ in 0..2 {
            limit.check("a").await.unwrap();
        }
        let refused = limit.check("a").await.unwrap_err();
        assert_eq!(refused.code, Code::TooManyRequests);
        assert!(
            (1..=30).contains(&refused.retry_after.unwrap()),
            "{:?}",
            refused.retry_after
        );
        limit.check("b").await.unwrap();
    }

    #[tokio::test]
    async fn a_key_may_bring_its_own_quota() {
        let limit = RateLimit::by_key(Duration::from_secs(60), |limit: &NonZeroU32| {
            Quota::per_minute(*limit)
        });
        let (one, three) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(3).unwrap());
        assert!(limit.check(one).await.is_ok() && limit.check(one).await.is_err());
        for _ in 0..3 {
            limit.check(three).await.unwrap();
        }
        assert!(limit.check(three).await.is_err());
    }

    #[test]
    fn a_subscribers_ipv6_network_is_one_source() {
        let key = |text: &str| source_key(Some(text.parse().unwrap()));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("203.0.113.7"), key("203.0.113.8"));
    }
}

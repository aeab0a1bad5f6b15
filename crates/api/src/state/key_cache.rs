//! API keys that were used a moment ago, so that not every request asks the database.

use std::{sync::Arc, time::Duration};

use domain::secret::SecretHash;
use storage::api_keys::ApiKey;

/// Keys that were used a moment ago. Unknown keys are not kept: they could push out the known ones.
#[derive(Clone)]
pub(crate) struct KeyCache(moka::future::Cache<SecretHash, Arc<ApiKey>>);

impl KeyCache {
    pub(crate) fn new(ttl: Duration) -> Self {
        Self(
            moka::future::Cache::builder()
                .max_capacity(10_000)
                .time_to_live(ttl)
                .build(),
        )
    }

    /// The key with this hash, if it is remembered.
    pub(crate) async fn get(&self, hash: &SecretHash) -> Option<Arc<ApiKey>> {
        self.0.get(hash).await
    }

    /// Remembers a key.
    pub(crate) async fn insert(&self, hash: SecretHash, key: Arc<ApiKey>) {
        self.0.insert(hash, key).await;
    }

    /// Makes this process forget a key that was revoked.
    pub(crate) async fn forget(&self, key: &ApiKey) {
        if let Ok(hash) = SecretHash::try_from(key.key_hash.as_slice()) {
            self.0.invalidate(&hash).await;
        }
    }
}

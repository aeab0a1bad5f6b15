//! `[server]`: where and how the API is served.

use domain::settings::{Hours, ListenAddress, Seconds, Section, SettingProblems};
use ipnet::IpNet;
use serde::Deserialize;

use super::{origin::CorsOrigin, public_url::PublicUrl};

/// The keys of `[server]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    pub listen: ListenAddress,
    pub public_url: Option<PublicUrl>,
    #[serde(deserialize_with = "domain::settings::list")]
    pub cors_origins: Vec<CorsOrigin>,
    #[serde(deserialize_with = "domain::settings::list")]
    pub trusted_proxies: Vec<IpNet>,
    pub threads: usize,
    pub max_connections: usize,
    pub write_timeout_seconds: Seconds,
    pub drain_seconds: Seconds,
    pub docs: bool,
    pub max_body_bytes: usize,
    pub max_events_bytes: usize,
    pub max_batch_events: usize,
    pub max_custom_event_types: u32,
    pub idempotency_hours: Hours,
    pub max_outbox_age_seconds: Seconds,
}

const MIB: usize = 1024 * 1024;

impl Section for ServerSettings {
    const NAME: &'static str = "server";

    fn check(&self, problems: &mut SettingProblems) {
        problems.within("threads", self.threads, 0..=1024);
        problems.within("max_connections", self.max_connections, 1..=1_000_000);
        problems.within(
            "write_timeout_seconds",
            self.write_timeout_seconds,
            Seconds(1)..=Seconds(3600),
        );
        problems.within(
            "drain_seconds",
            self.drain_seconds,
            Seconds(0)..=Seconds(3600),
        );
        problems.within("max_body_bytes", self.max_body_bytes, 1024..=64 * MIB);
        problems.within("max_events_bytes", self.max_events_bytes, 1024..=256 * MIB);
        problems.within("max_batch_events", self.max_batch_events, 1..=10_000);
        problems.within(
            "max_custom_event_types",
            self.max_custom_event_types,
            0..=1_000_000,
        );
        problems.within(
            "idempotency_hours",
            self.idempotency_hours,
            Hours(1)..=Hours(24 * 366),
        );
        problems.within(
            "max_outbox_age_seconds",
            self.max_outbox_age_seconds,
            Seconds(1)..=Seconds(86_400 * 366),
        );
    }
}

impl ServerSettings {
    /// Threads that serve requests: as many as there are cores unless `threads` says how many.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }

    /// Each thread accepts connections by itself, so that they share the bound among them.
    pub(crate) fn connections_per_thread(&self) -> usize {
        self.max_connections.div_ceil(self.thread_count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_what_would_not_is_named() {
        let mut section = ServerSettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        assert!(section.thread_count() >= 1);
        section.threads = 100_000;
        section.max_batch_events = 0;
        let keys: Vec<_> = SettingProblems::of(&section)
            .into_iter()
            .map(|problem| problem.key)
            .collect();
        assert_eq!(keys, ["server.threads", "server.max_batch_events"]);
    }
}

//! `[delivery]`: how requests are sent and recorded.

use domain::settings::{Milliseconds, Section, SettingProblems};
use ipnet::IpNet;
use serde::Deserialize;

/// The keys of `[delivery]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverySettings {
    #[serde(deserialize_with = "domain::settings::list")]
    pub allow_networks: Vec<IpNet>,
    pub max_in_flight: usize,
    pub settle_after_ms: Milliseconds,
    pub record_rows: usize,
    pub record_wait_ms: Milliseconds,
}

impl Section for DeliverySettings {
    const NAME: &'static str = "delivery";

    fn check(&self, problems: &mut SettingProblems) {
        problems.within("max_in_flight", self.max_in_flight, 1..=100_000);
        problems.within(
            "settle_after_ms",
            self.settle_after_ms,
            Milliseconds(1)..=Milliseconds(60_000),
        );
        problems.within("record_rows", self.record_rows, 1..=10_000);
        problems.within(
            "record_wait_ms",
            self.record_wait_ms,
            Milliseconds(0)..=Milliseconds(1_000),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_what_would_stop_deliveries_is_named() {
        let mut section = DeliverySettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        section.max_in_flight = 0;
        section.settle_after_ms = Milliseconds(0);
        section.record_rows = 0;
        section.record_wait_ms = Milliseconds(60_000);
        let keys: Vec<_> = SettingProblems::of(&section)
            .into_iter()
            .map(|problem| problem.key)
            .collect();
        assert_eq!(
            keys,
            [
                "delivery.max_in_flight",
                "delivery.settle_after_ms",
                "delivery.record_rows",
                "delivery.record_wait_ms"
            ]
        );
    }
}

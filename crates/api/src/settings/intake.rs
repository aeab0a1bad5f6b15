//! `[intake]`: limits of calls to incoming webhooks.

use std::num::NonZeroU32;

use domain::settings::{Section, SettingProblems};
use serde::Deserialize;

/// The keys of `[intake]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeSettings {
    pub max_body_bytes: usize,
    pub max_field_bytes: usize,
    pub max_fields: usize,
    pub max_calls_per_minute: u32,
    pub max_misses_per_minute: u32,
}

impl Section for IntakeSettings {
    const NAME: &'static str = "intake";

    fn check(&self, problems: &mut SettingProblems) {
        problems.within(
            "max_body_bytes",
            self.max_body_bytes,
            1024..=64 * 1024 * 1024,
        );
        problems.within("max_field_bytes", self.max_field_bytes, 256..=1024 * 1024);
        problems.within("max_fields", self.max_fields, 1..=10_000);
    }
}

impl IntakeSettings {
    /// Calls from one address in a minute; `None`: any number.
    pub(crate) fn calls_per_minute(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.max_calls_per_minute)
    }

    /// Calls of unknown URLs from one address in a minute; `None`: any number.
    pub(crate) fn misses_per_minute(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.max_misses_per_minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_work_and_a_call_must_have_room_for_a_field() {
        let mut section = IntakeSettings::defaults();
        assert_eq!(SettingProblems::of(&section), []);
        section.max_body_bytes = 0;
        section.max_field_bytes = 0;
        section.max_fields = 0;
        assert_eq!(SettingProblems::of(&section).len(), 3);
    }
}

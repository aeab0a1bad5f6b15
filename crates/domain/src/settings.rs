//! What the sections of the configuration have in common. Each section is a struct of the crate
//! that uses it, with the keys of its table in `config/default.toml` as fields.

mod list;
mod listen;
mod problems;
mod units;

use serde::de::{DeserializeOwned, Error as _};

pub use list::list;
pub use listen::{BadListenAddress, ListenAddress};
pub use problems::{SettingProblem, SettingProblems};
pub use units::{Days, Hours, Milliseconds, Seconds};

/// The only place of the defaults: every key with its documentation.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// A table of the configuration.
pub trait Section: DeserializeOwned {
    /// The table's name.
    const NAME: &'static str;

    /// Keys whose values are never shown, and may come from files.
    const SECRET_KEYS: &'static [&'static str] = &[];

    /// Notes every value that cannot work.
    fn check(&self, problems: &mut SettingProblems);

    /// The section as `config/default.toml` has it.
    ///
    /// # Panics
    /// When a key has no default. A test of each section holds that this cannot happen.
    #[must_use]
    fn defaults() -> Self {
        #[expect(clippy::expect_used, reason = "the text is compiled in, and tested")]
        parse(DEFAULTS).expect("config/default.toml has a default for every required key")
    }
}

fn parse<S: Section>(text: &str) -> Result<S, toml::de::Error> {
    toml::from_str::<toml::Table>(text)?
        .remove(S::NAME)
        .ok_or_else(|| toml::de::Error::custom(format!("[{}] is missing", S::NAME)))?
        .try_into()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Retention {
        calls_days: Days,
        mails_days: Days,
    }

    impl Section for Retention {
        const NAME: &'static str = "retention";

        fn check(&self, problems: &mut SettingProblems) {
            problems.within("calls_days", self.calls_days, Days(1)..=Days(29));
            problems.within("mails_days", self.mails_days, Days(1)..=Days(30));
        }
    }

    #[test]
    fn a_section_has_the_defaults_of_the_file_and_names_what_cannot_work() {
        let section = Retention::defaults();
        assert_eq!(
            (section.calls_days, section.mails_days),
            (Days(30), Days(30))
        );
        let found = SettingProblems::of(&section);
        assert_eq!(
            found,
            [SettingProblem {
                key: "retention.calls_days".into(),
                allowed: "must be 1 to 29".into()
            }]
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = |text| parse::<Retention>(text).unwrap_err().to_string();
        assert!(error("data_dir = \"x\"").contains("[retention] is missing"));
        assert!(error("[retention]\ncalls_days = 1").contains("mails_days"));
    }
}

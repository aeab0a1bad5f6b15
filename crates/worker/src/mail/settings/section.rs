//! `[mail]`: the keys, as they are configured.

use std::path::PathBuf;

use domain::settings::{Hours, Seconds, Section, SettingProblems};
use serde::Deserialize;

use super::values::{MailFrom, MailUrl, PasswordLink};
use crate::mail::template::Templates;

/// A leap year.
const MAX_TOKEN_HOURS: Hours = Hours(24 * 366);
const MAX_RETRY_SECONDS: u32 = 366 * 86_400;

/// The keys of `[mail]`; `config/default.toml` documents them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `None`: mails are skipped.
    pub url: Option<MailUrl>,
    pub from: Option<MailFrom>,
    pub site_name: String,
    pub set_password_url: Option<PasswordLink>,
    pub templates_dir: Option<PathBuf>,
    pub token_hours: Hours,
    pub timeout_seconds: Seconds,
    pub max_in_flight: usize,
    #[serde(deserialize_with = "domain::settings::list")]
    pub retry_seconds: Vec<u32>,
}

impl Section for MailSettings {
    const NAME: &'static str = "mail";
    const SECRET_KEYS: &'static [&'static str] = &["url"];

    fn check(&self, problems: &mut SettingProblems) {
        if self.url.is_some() && self.from.is_none() {
            problems.add("from", "is required if mail.url is set");
        }
        if let Err(error) = Templates::load(self.templates_dir.as_deref()) {
            problems.add("templates_dir", format!("cannot be used: {error}"));
        }
        if self.site_name.trim().is_empty() {
            problems.add("site_name", "must not be empty");
        }
        problems.within("token_hours", self.token_hours, Hours(1)..=MAX_TOKEN_HOURS);
        problems.within(
            "timeout_seconds",
            self.timeout_seconds,
            Seconds(1)..=Seconds(3600),
        );
        problems.within("max_in_flight", self.max_in_flight, 1..=1000);
        if self
            .retry_seconds
            .iter()
            .any(|pause| *pause > MAX_RETRY_SECONDS)
        {
            problems.add(
                "retry_seconds",
                format!("must be at most {MAX_RETRY_SECONDS} each"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> MailSettings {
        MailSettings {
            url: Some("smtp://user:s3cret@127.0.0.1:2525".parse().unwrap()),
            from: Some("Hookyard <hello@example.org>".parse().unwrap()),
            ..MailSettings::defaults()
        }
    }

    #[test]
    fn what_cannot_work_is_named() {
        assert_eq!(SettingProblems::of(&MailSettings::defaults()), []);
        assert_eq!(SettingProblems::of(&section()), []);
        type Change = fn(&mut MailSettings);
        let cases: [(&str, Change); 9] = [
            ("mail.from", |s| s.from = None),
            ("mail.site_name", |s| s.site_name = " \n".into()),
            ("mail.templates_dir", |s| {
                s.templates_dir = Some("/no/such/folder".into())
            }),
            ("mail.token_hours", |s| s.token_hours = Hours(0)),
            ("mail.timeout_seconds", |s| s.timeout_seconds = Seconds(0)),
            ("mail.max_in_flight", |s| s.max_in_flight = 0),
            ("mail.token_hours", |s| s.token_hours = Hours(u32::MAX)),
            ("mail.timeout_seconds", |s| {
                s.timeout_seconds = Seconds(u32::MAX)
            }),
            ("mail.max_in_flight", |s| s.max_in_flight = usize::MAX),
        ];
        for (key, change) in cases {
            let mut section = section();
            change(&mut section);
            let problems = SettingProblems::of(&section);
            assert_eq!((problems.len(), problems[0].key.as_str()), (1, key));
        }
        let mut section = section();
        section.from = None;
        section.max_in_flight = 0;
        section.retry_seconds = vec![60, u32::MAX];
        assert_eq!(SettingProblems::of(&section).len(), 3, "all at once");
    }
}

//! What makes a feed acceptable, and what makes it complete.

use super::{FeedBody, FeedSpec, SelectedField, header};
use crate::{
    Invalid, event_type,
    outbound::{
        guard::Guard,
        template::{Condition, Template},
    },
    text,
};

/// Shortest and longest total deadline of an attempt, in milliseconds.
pub const TIMEOUT_MS: std::ops::RangeInclusive<i32> = 1_000..=60_000;
/// Requests of one feed that may run at once.
pub const MAX_IN_FLIGHT: std::ops::RangeInclusive<i32> = 1..=256;
const MAX_FIELDS: usize = 500;
const MAX_EVENTS: usize = 100;
const MAX_RETRIES: usize = 30;
const MAX_RETRY_SECONDS: u32 = 7 * 24 * 3600;

impl FeedSpec {
    /// Checks everything that is there, and puts aliases of event types in their canonical form.
    /// With `complete` (the feed is or becomes enabled) what an enabled feed needs must be there
    /// too.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(
        mut self,
        complete: bool,
        guard: &Guard,
        is_custom_type: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if let Some(title) = invalid.take(text::title("/title", &self.title)) {
            self.title = title;
        }
        self.check_url(complete, guard, &mut invalid);
        header::check(&self.headers, &mut invalid);
        self.check_body(complete, &mut invalid);
        self.drop_empty_rows();
        self.check_events(complete, is_custom_type, &mut invalid);
        self.check_numbers(&mut invalid);
        if let Some(condition) = &self.condition
            && let Err(error) = Condition::parse(condition)
        {
            invalid.push("/condition", "invalid_expression", error.to_string());
        }
        invalid.or(self)
    }

    fn check_url(&mut self, complete: bool, guard: &Guard, invalid: &mut Invalid) {
        match self.url.as_deref() {
            None if complete => invalid.push("/url", "required", "An enabled feed needs a URL."),
            None => {}
            Some(url) => match guard.judge_url(url) {
                // As it will be requested: an IDN as punycode, so that what looks like another host
                // is seen.
                Ok(url) => self.url = Some(url.into()),
                Err(refusal) => invalid.push("/url", refusal.code(), refusal.to_string()),
            },
        }
    }

    fn check_body(&self, complete: bool, invalid: &mut Invalid) {
        let FeedBody::Selected { fields } = &self.body else {
            return;
        };
        if complete && fields.iter().all(is_empty_row) {
            invalid.push(
                "/body/fields",
                "required",
                "Select at least one field, or send all data.",
            );
        }
        if fields.len() > MAX_FIELDS {
            invalid.push(
                "/body/fields",
                "too_many",
                format!("At most {MAX_FIELDS} fields."),
            );
        }
        let mut seen = std::collections::HashSet::new();
        for (i, field) in fields
            .iter()
            .enumerate()
            .filter(|(_, field)| !is_empty_row(field))
        {
            if field.key.is_empty() || field.key.chars().count() > 200 {
                invalid.push(
                    format!("/body/fields/{i}/key"),
                    "invalid_key",
                    "Use 1 to 200 characters.",
                );
            }
            if !seen.insert(field.key.as_str()) {
                invalid.push(
                    format!("/body/fields/{i}/key"),
                    "duplicate_key",
                    "This key is already used.",
                );
            }
            if let Err(error) = Template::parse(&field.value) {
                invalid.push(
                    format!("/body/fields/{i}/value"),
                    "invalid_expression",
                    error.to_string(),
                );
            }
        }
    }

    /// Forms send the rows that nobody filled in.
    fn drop_empty_rows(&mut self) {
        if let FeedBody::Selected { fields } = &mut self.body {
            fields.retain(|field| !is_empty_row(field));
        }
    }

    fn check_events(
        &mut self,
        complete: bool,
        is_custom_type: &dyn Fn(&str) -> bool,
        invalid: &mut Invalid,
    ) {
        if complete && self.events.is_empty() {
            invalid.push(
                "/events",
                "required",
                "An enabled feed listens to at least one event type.",
            );
        }
        if self.events.len() > MAX_EVENTS {
            invalid.push(
                "/events",
                "too_many",
                format!("At most {MAX_EVENTS} event types."),
            );
        }
        let mut canonical: Vec<String> = Vec::new();
        for (i, name) in self.events.iter().enumerate() {
            let name = event_type::canonical(name);
            let prefix = name
                .strip_suffix(".*")
                .is_some_and(event_type::is_type_name);
            if !(name == "*"
                || prefix
                || event_type::builtin(name).is_some()
                || is_custom_type(name))
            {
                invalid.push(
                    format!("/events/{i}"),
                    "unknown_event_type",
                    format!(
                        "\"{name}\" is not in the catalogue; see GET /v1/event-types, or register it with POST /v1/event-types."
                    ),
                );
            }
            if !canonical.iter().any(|known| known == name) {
                canonical.push(name.to_owned());
            }
        }
        self.events = canonical;
    }

    fn check_numbers(&self, invalid: &mut Invalid) {
        if !TIMEOUT_MS.contains(&self.timeout_ms) {
            invalid.push(
                "/timeout_ms",
                "out_of_range",
                "Use 1000 to 60000 milliseconds.",
            );
        }
        if !MAX_IN_FLIGHT.contains(&self.max_in_flight) {
            invalid.push("/max_in_flight", "out_of_range", "Use 1 to 256.");
        }
        if self
            .rate_limit_per_second
            .is_some_and(|rate| !(1..=10_000).contains(&rate))
        {
            invalid.push(
                "/rate_limit_per_second",
                "out_of_range",
                "Use 1 to 10000, or null for no limit.",
            );
        }
        if let Some(schedule) = &self.retry_schedule {
            if schedule.len() > MAX_RETRIES {
                invalid.push(
                    "/retry_schedule",
                    "too_many",
                    format!("At most {MAX_RETRIES} retries."),
                );
            }
            for (i, seconds) in schedule.iter().enumerate() {
                if !(1..=MAX_RETRY_SECONDS).contains(seconds) {
                    invalid.push(
                        format!("/retry_schedule/{i}"),
                        "out_of_range",
                        "Use 1 to 604800 seconds.",
                    );
                }
            }
        }
    }
}

fn is_empty_row(field: &SelectedField) -> bool {
    field.key.is_empty() && field.value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> FeedSpec {
        FeedSpec {
            title: "Sales".into(),
            url: Some("https://example.com/hook".into()),
            events: vec![
                "order_paid_done".into(),
                "order.paid".into(),
                "subscription.*".into(),
            ],
            ..FeedSpec::default()
        }
    }

    fn problems(spec: FeedSpec, complete: bool) -> Vec<(String, &'static str)> {
        match spec.check(complete, &Guard::default(), &|_| false) {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.0.into_iter().map(|e| (e.pointer, e.code)).collect(),
        }
    }

    #[test]
    fn aliases_become_canonical_and_are_listed_once() {
        let spec = complete()
            .check(true, &Guard::default(), &|_| false)
            .unwrap();
        assert_eq!(spec.events, ["order.paid", "subscription.*"]);
    }

    #[test]
    fn a_draft_may_be_incomplete_but_an_enabled_feed_may_not() {
        let draft = FeedSpec {
            title: "Draft".into(),
            ..FeedSpec::default()
        };
        assert_eq!(problems(draft.clone(), false), []);
        assert_eq!(
            problems(draft, true),
            [("/url".into(), "required"), ("/events".into(), "required")]
        );
    }

    #[test]
    fn a_url_is_kept_as_it_will_be_requested() {
        for (given, kept) in [
            (
                "https://example.com/hook?a=1",
                "https://example.com/hook?a=1",
            ),
            ("HTTPS://EXAMPLE.com:443", "https://example.com/"),
            (
                "https://b\u{fc}cher.example/\u{fc}",
                "https://xn--bcher-kva.example/%C3%BC",
            ),
            (
                "https://\u{430}pple.example/",
                "https://xn--pple-43d.example/",
            ),
        ] {
            let spec = FeedSpec {
                url: Some(given.into()),
                ..complete()
            }
            .check(true, &Guard::default(), &|_| false)
            .unwrap();
            assert_eq!(spec.url.as_deref(), Some(kept));
        }
    }

    fn rows(rows: &[(&str, &str)]) -> FeedSpec {
        let field = |(key, value): &(&str, &str)| SelectedField {
            key: (*key).into(),
            value: (*value).into(),
        };
        FeedSpec {
            body: FeedBody::Selected {
                fields: rows.iter().map(field).collect(),
            },
            ..complete()
        }
    }

    /// A feed that would send an empty body is refused when it is enabled, and only then.
    #[test]
    fn no_valid_row_is_refused_on_enabling() {
        for spec in [rows(&[]), rows(&[("", ""), ("", "")])] {
            assert_eq!(
                problems(spec.clone(), true),
                [("/body/fields".into(), "required")]
            );
            assert_eq!(problems(spec, false), []);
        }
    }

    /// A key that is used twice would lose one of its values.
    #[test]
    fn a_key_is_used_once() {
        let spec = rows(&[("a", "1"), ("A", "2"), ("a", "3")]);
        assert_eq!(
            problems(spec, false),
            [("/body/fields/2/key".into(), "duplicate_key")]
        );
    }

    /// Rows that nobody filled in are dropped; a value without a key is a mistake; a key
    /// without a value sends an empty text.
    #[test]
    fn empty_rows_are_dropped_and_pointers_stay_what_was_sent() {
        let spec = rows(&[("", ""), ("a", "1"), ("", ""), ("b", "")])
            .check(true, &Guard::default(), &|_| false)
            .unwrap();
        let FeedBody::Selected { fields } = spec.body else {
            panic!("selected")
        };
        assert_eq!(
            fields
                .iter()
                .map(|field| field.key.as_str())
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
        let spec = rows(&[("", ""), ("", "{{ data.x }}"), ("c", "{{ data.")]);
        assert_eq!(
            problems(spec, true),
            [
                ("/body/fields/1/key".into(), "invalid_key"),
                ("/body/fields/2/value".into(), "invalid_expression")
            ]
        );
    }

    #[test]
    fn bodies_events_and_numbers_are_checked() {
        let field = |key: &str, value: &str| SelectedField {
            key: key.into(),
            value: value.into(),
        };
        let spec = FeedSpec {
            body: FeedBody::Selected {
                fields: vec![
                    field("a", "{{ data.x }}"),
                    field("a", "{{ data."),
                    field("", "x"),
                ],
            },
            events: vec!["order.paidd".into()],
            timeout_ms: 10,
            max_in_flight: 0,
            retry_schedule: Some(vec![0]),
            ..complete()
        };
        let codes: Vec<_> = problems(spec, true).into_iter().map(|p| p.0).collect();
        assert_eq!(
            codes,
            [
                "/body/fields/1/key",
                "/body/fields/1/value",
                "/body/fields/2/key",
                "/events/0",
                "/timeout_ms",
                "/max_in_flight",
                "/retry_schedule/0"
            ]
        );
    }
}

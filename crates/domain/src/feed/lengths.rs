//! Whether all data of the events that a feed listens to fits where it is sent.

use serde_json::Value;
use url::Url;

use super::{FeedBody, FeedSpec};
use crate::{
    Instant, Invalid,
    event::{self, Event},
    outbound::request::{BodyMode, Envelope, MAX_GET_URL, RequestError, render_payload},
};

/// Most types that are named.
const MAX_NAMED: usize = 3;

impl FeedSpec {
    /// Whether its requests carry all data in their URL, which may only be so long.
    pub fn puts_all_in_url(&self) -> bool {
        !self.settings.method.has_body() && self.body == FeedBody::All
    }

    /// Notes the types whose examples are too long for the URL of a GET. `types` are those that it
    /// listens to.
    pub fn check_lengths(&self, types: &[(String, Value)], now: Instant, invalid: &mut Invalid) {
        if !self.puts_all_in_url() {
            return;
        }
        // Another check says what is wrong with a URL.
        let url = self.settings.url.as_deref();
        let url = url.and_then(|url| Url::parse(url).ok());
        let too_long: Vec<_> = types
            .iter()
            .filter(|(name, example)| self.is_too_long(url.as_ref(), name, example, now))
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        if too_long.is_empty() {
            return;
        }
        let mut advice = "Select fields, or use POST".to_owned();
        if too_long.len() < types.len() {
            advice.push_str(", or listen only to events that fit");
        }
        let detail = format!(
            "The URL with all data in its query would be longer than {MAX_GET_URL} bytes for the example of {}. {advice}.",
            listed(&too_long)
        );
        invalid.push("/body", RequestError::UrlTooLong.code().as_str(), detail);
    }

    fn is_too_long(&self, url: Option<&Url>, kind: &str, example: &Value, now: Instant) -> bool {
        let event = Event::new(kind, event::TEST, example, now);
        let id = event.id.to_string();
        let envelope = Envelope::new(&id, kind, event.occurred_at, &event.data);
        let settings = &self.settings;
        let payload = render_payload(settings.method, settings.format, &BodyMode::All, &envelope);
        let target = payload.and_then(|payload| match url {
            Some(url) => payload.target(url).map(drop),
            None => Ok(()),
        });
        target == Err(RequestError::UrlTooLong)
    }
}

/// The first few, and how many more there are.
fn listed(names: &[String]) -> String {
    let (named, more) = names.split_at(names.len().min(MAX_NAMED));
    match more.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Clock,
        feed::{FeedSettings, SelectedField},
        outbound::request::Method,
    };
    use serde_json::json;

    fn feed(method: Method, events: &[&str]) -> FeedSpec {
        let settings = FeedSettings {
            method,
            url: Some("https://a.example/hook".into()),
            events: events.iter().map(|name| (*name).to_owned()).collect(),
            ..FeedSettings::default()
        };
        FeedSpec {
            settings,
            ..FeedSpec::default()
        }
    }

    fn problems(feed: &FeedSpec, custom: &[(&str, Value)]) -> Vec<String> {
        let custom = custom
            .iter()
            .map(|(name, example)| ((*name).to_owned(), example.clone()))
            .collect();
        let mut invalid = Invalid::default();
        let types = feed.heard_examples(custom);
        feed.check_lengths(&types, Clock::system().now(), &mut invalid);
        let place =
            |error: &crate::FieldError| error.pointer == "/body" && error.code == "too_large";
        assert!(invalid.0.iter().all(place), "{invalid:?}");
        invalid.0.into_iter().map(|error| error.detail).collect()
    }

    #[test]
    fn types_that_are_too_long_for_a_get_are_named() {
        let one = problems(&feed(Method::Get, &["order_paid_done"]), &[]);
        assert_eq!(
            one,
            [
                "The URL with all data in its query would be longer than 8192 bytes for the example of \"order.paid\". Select fields, or use POST."
            ]
        );
        let some = problems(&feed(Method::Get, &["order.paid", "user.*"]), &[]);
        assert!(
            some[0].ends_with(
                "of \"order.paid\". Select fields, or use POST, or listen only to events that fit."
            ),
            "{some:?}"
        );
        let many = problems(&feed(Method::Get, &["order.*"]), &[]);
        assert!(
            many[0].contains("\"order.paid\", \"order.canceled\", \"order.refunded\" and 2 more."),
            "{many:?}"
        );
    }

    #[test]
    fn what_fits_or_is_sent_otherwise_is_not_judged() {
        assert!(problems(&feed(Method::Get, &["user.*", "webhook.test"]), &[]).is_empty());
        for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            assert!(problems(&feed(method, &["*"]), &[]).is_empty());
        }
        let mut selected = feed(Method::Get, &["order.paid"]);
        selected.body = FeedBody::Selected {
            fields: vec![SelectedField {
                key: "k".into(),
                value: "{{ data.order.id }}".into(),
            }],
        };
        assert!(problems(&selected, &[]).is_empty());
    }

    #[test]
    fn the_urls_own_length_counts() {
        let long = [("quiz.passed", json!({"text": "x".repeat(7000)}))];
        let mut feed = feed(Method::Get, &["quiz.passed"]);
        assert!(problems(&feed, &long).is_empty());
        feed.settings.url = Some(format!("https://a.example/{}", "y".repeat(1500)));
        assert_eq!(problems(&feed, &long).len(), 1);
        feed.settings.url = None;
        assert!(problems(&feed, &long).is_empty());
    }
}

//! Whether the fields that a feed names can be found in the events that it listens to.

use serde_json::Value;

use super::{FeedBody, FeedSpec, listens};
use crate::{
    Invalid,
    event_type::{BUILTIN, canonical, fields, is_field, nearest},
    json::FieldPath,
    outbound::template::{Condition, Template},
};

/// Most unknown fields that are told.
const MAX_PROBLEMS: usize = 20;

/// A path, and the pointer to the template or condition that names it.
pub type NamedPath = (String, FieldPath);

impl FeedSpec {
    /// Whether it listens to this type.
    pub fn hears(&self, kind: &str) -> bool {
        self.settings
            .events
            .iter()
            .any(|pattern| listens(canonical(pattern), kind))
    }

    /// The paths that its templates and its condition name, as far as these can be read.
    pub fn paths(&self) -> Vec<NamedPath> {
        let mut paths = Vec::new();
        if let FeedBody::Selected { fields } = &self.body {
            for (i, field) in fields.iter().enumerate() {
                let found = Template::parse(&field.value)
                    .map(|template| template.paths())
                    .unwrap_or_default();
                paths.extend(
                    found
                        .into_iter()
                        .map(|path| (format!("/body/fields/{i}/value"), path)),
                );
            }
        }
        if let Some(condition) = self
            .settings
            .condition
            .as_deref()
            .and_then(|source| Condition::parse(source).ok())
        {
            paths.extend(
                condition
                    .paths()
                    .into_iter()
                    .map(|path| ("/condition".to_owned(), path)),
            );
        }
        paths
    }

    /// The types that it listens to, with their examples. `custom` holds those of custom types.
    pub fn heard_examples(&self, custom: Vec<(String, Value)>) -> Vec<(String, Value)> {
        let builtin = BUILTIN.iter().filter(|entry| self.hears(entry.name));
        builtin
            .map(|entry| (entry.name.to_owned(), entry.example()))
            .chain(custom)
            .collect()
    }

    /// Notes the paths that none of the types that it listens to has.
    pub fn check_paths(
        &self,
        paths: Vec<NamedPath>,
        types: &[(String, Value)],
        invalid: &mut Invalid,
    ) {
        if types.is_empty() {
            return;
        }
        let is_unknown =
            |path: &FieldPath| !types.iter().any(|(_, example)| is_field(example, path));
        let mut unknown: Vec<_> = paths
            .into_iter()
            .filter(|(_, path)| is_unknown(path))
            .collect();
        unknown.dedup();
        unknown.truncate(MAX_PROBLEMS);
        if unknown.is_empty() {
            return;
        }
        let mut names: Vec<_> = types
            .iter()
            .flat_map(|(name, example)| fields(name, example))
            .map(|field| field.path)
            .collect();
        names.sort_unstable();
        names.dedup();
        for (pointer, path) in unknown {
            let path = path.to_string();
            let meant = nearest(&path, names.iter().map(String::as_str)).join(", ");
            let hint = if meant.is_empty() {
                String::new()
            } else {
                format!(" Nearest: {meant}.")
            };
            let shown: String = path.chars().take(200).collect();
            invalid.push(
                pointer,
                "unknown_field",
                format!("No event of this feed has \"{shown}\".{hint}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{FeedSettings, SelectedField};
    use serde_json::json;

    fn feed(events: &[&str], value: &str, condition: Option<&str>) -> FeedSpec {
        let settings = FeedSettings {
            events: events.iter().map(|name| (*name).to_owned()).collect(),
            condition: condition.map(str::to_owned),
            ..FeedSettings::default()
        };
        FeedSpec {
            settings,
            body: FeedBody::Selected {
                fields: vec![SelectedField {
                    key: "k".into(),
                    value: value.into(),
                }],
            },
            ..FeedSpec::default()
        }
    }

    fn problems(feed: &FeedSpec, custom: &[(&str, Value)]) -> Vec<(String, String)> {
        let custom = custom
            .iter()
            .filter(|(name, _)| feed.hears(name))
            .map(|(name, e)| ((*name).to_owned(), e.clone()))
            .collect();
        let mut invalid = Invalid::default();
        feed.check_paths(feed.paths(), &feed.heard_examples(custom), &mut invalid);
        assert!(invalid.0.iter().all(|error| error.code == "unknown_field"));
        invalid
            .0
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    /// A field that no event has is named, with what was probably meant.
    #[test]
    fn an_unknown_field_is_named_with_its_nearest_names() {
        let found = problems(
            &feed(
                &["order_paid_done"],
                "Total: {{ data.order.total_amont }}",
                Some("data.customer.emial == 'x'"),
            ),
            &[],
        );
        assert_eq!(found[0].0, "/body/fields/0/value");
        assert!(
            found[0].1.starts_with("No event of this feed has \"data.order.total_amont\". Nearest: data.order.total_amount,"),
            "{found:?}"
        );
        assert_eq!(found[1].0, "/condition");
        assert!(
            found[1]
                .1
                .contains("\"data.customer.emial\". Nearest: data.customer.email,"),
            "{found:?}"
        );
    }

    #[test]
    fn a_field_is_known_if_one_of_the_types_has_it() {
        let custom = [
            ("quiz.passed", json!({"quiz": {"score": 9}})),
            ("any.thing", json!({})),
        ];
        for (events, value, known) in [
            (&["order.paid"][..], "{{ data.refund.amount }}", false),
            (
                &["order.paid", "order.refunded"],
                "{{ data.refund.amount }}",
                true,
            ),
            (&["order.*"], "{{ data.refund.amount }}", true),
            (&["subscription.*"], "{{ data.refund.amount }}", false),
            (
                &["quiz.passed"],
                "{{ data.quiz.score|default(data.quiz.points) }}",
                false,
            ),
            (&["quiz.*"], "{{ data.quiz.score }}", true),
            (&["*"], "{{ data.refund.amount ~ data.quiz.score }}", true),
            (&["any.thing"], "{{ data.whatever.it.is }}", true),
            (
                &["order.paid"],
                "{{ data.order.config.color }}{{ data.order_items[9].meta.x }}",
                true,
            ),
            (
                &["order.paid"],
                "{{ id }}{{ type }}{{ timestamp }}{{ data }}",
                true,
            ),
            (
                &["order.paid"],
                "{{ data.order_items|map(attribute='titel')|join }}",
                true,
            ),
            (&["order.paid"], "{{ data.order['no such'] }}", false),
            (
                &["order.paid"],
                "{{ data.order[data.customer.idd] }}",
                false,
            ),
            (&[], "{{ data.x }}", true),
            (&["not.registered"], "{{ data.x }}", true),
        ] {
            assert_eq!(
                problems(&feed(events, value, None), &custom).is_empty(),
                known,
                "{events:?} {value}"
            );
        }
    }
}

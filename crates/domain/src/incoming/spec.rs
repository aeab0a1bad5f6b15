//! What an incoming webhook's owner can say, besides how callers prove themselves (see
//! [`super::verification`]).

use std::{collections::BTreeMap, collections::HashSet, hash::Hash};

use serde::{Deserialize, Serialize};

use super::{FIELDS, allowed};
use crate::{
    Invalid,
    id::{CourseId, SpaceId},
    text,
};

const MAX_TARGETS: usize = 500;
const MAX_POINTER: usize = 500;
const RATE_LIMIT: std::ops::RangeInclusive<i32> = 1..=100_000;

/// Where the fields of a call are: names of [`FIELDS`] and JSON pointers (RFC 6901) into the body.
pub type FieldMap = BTreeMap<String, String>;

/// What an incoming webhook does and who may call it, as it is stored: one document, which requests
/// and answers write alike. A field that a stored document lacks has its default; one that this
/// version does not know is ignored. Whatever is added here can be set and read by the API: nothing
/// secret may be among them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookSpec {
    pub name: String,
    pub add_space_ids: Vec<SpaceId>,
    pub remove_space_ids: Vec<SpaceId>,
    pub add_course_ids: Vec<CourseId>,
    pub remove_course_ids: Vec<CourseId>,
    pub send_welcome_email: bool,
    pub field_map: FieldMap,
    pub allowed_ips: Vec<String>,
    pub rate_limit_per_minute: Option<i32>,
    pub protect_roles: bool,
}

impl WebhookSpec {
    /// Checks everything but whether the spaces and courses exist.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(mut self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        if let Some(name) = invalid.take(text::title("/name", &self.name)) {
            self.name = name;
        }
        check_targets(
            "space",
            &self.add_space_ids,
            &self.remove_space_ids,
            &mut invalid,
        );
        check_targets(
            "course",
            &self.add_course_ids,
            &self.remove_course_ids,
            &mut invalid,
        );
        self.check_field_map(&mut invalid);
        invalid.take(allowed::check(&mut self.allowed_ips));
        if self
            .rate_limit_per_minute
            .is_some_and(|limit| !RATE_LIMIT.contains(&limit))
        {
            invalid.push(
                "/rate_limit_per_minute",
                "out_of_range",
                "Use 1 to 100000, or null for no limit.",
            );
        }
        invalid.or(self)
    }

    fn check_field_map(&self, invalid: &mut Invalid) {
        for (name, pointer) in &self.field_map {
            let place = || format!("/field_map/{}", name.replace('~', "~0").replace('/', "~1"));
            if !FIELDS.contains(&name.as_str()) {
                invalid.push(
                    place(),
                    "unknown_field",
                    format!("Map one of {}.", FIELDS.join(", ")),
                );
            } else if !is_pointer(pointer) {
                invalid.push(
                    place(),
                    "invalid_pointer",
                    "Use a JSON pointer of at most 500 bytes, such as /customer/email.",
                );
            }
        }
    }
}

fn check_targets<T: Copy + Eq + Hash>(kind: &str, add: &[T], remove: &[T], invalid: &mut Invalid) {
    for (list, ids) in [("add", add), ("remove", remove)] {
        if ids.len() > MAX_TARGETS {
            invalid.push(
                format!("/{list}_{kind}_ids"),
                "too_many",
                format!("At most {MAX_TARGETS} ids."),
            );
        }
        let mut seen = HashSet::new();
        for (i, _) in ids.iter().enumerate().filter(|(_, id)| !seen.insert(**id)) {
            invalid.push(
                format!("/{list}_{kind}_ids/{i}"),
                "duplicate",
                "This id is in the list already.",
            );
        }
    }
    let added: HashSet<T> = add.iter().copied().collect();
    for (i, _) in remove
        .iter()
        .enumerate()
        .filter(|(_, id)| added.contains(id))
    {
        invalid.push(
            format!("/remove_{kind}_ids/{i}"),
            "overlapping",
            format!("This id is in add_{kind}_ids, too."),
        );
    }
}

/// Whether a text is a JSON pointer to something inside of the body (RFC 6901).
fn is_pointer(text: &str) -> bool {
    let escapes_are_good = text
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    text.len() > 1 && text.len() <= MAX_POINTER && text.starts_with('/') && escapes_are_good
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(spec: WebhookSpec) -> Vec<(String, &'static str)> {
        match (WebhookSpec {
            name: "Shop".into(),
            ..spec
        })
        .check()
        {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.0.into_iter().map(|e| (e.pointer, e.code)).collect(),
        }
    }

    #[test]
    fn a_name_is_all_that_is_needed() {
        assert_eq!(problems(WebhookSpec::default()), []);
        assert_eq!(
            WebhookSpec::default().check().unwrap_err().0[0].pointer,
            "/name"
        );
    }

    #[test]
    fn older_and_newer_documents_can_be_read() {
        let read = |text: &str| serde_json::from_str::<WebhookSpec>(text);
        assert_eq!(read("{}").unwrap(), WebhookSpec::default());
        assert_eq!(
            read(r#"{"name": "Shop", "later": 1}"#).unwrap().name,
            "Shop"
        );
        assert!(read(r#"{"name": 1}"#).is_err());
    }

    #[test]
    fn a_target_is_named_once_and_in_one_list() {
        let (a, b) = (SpaceId::generate(), SpaceId::generate());
        let course = CourseId::generate();
        let spec = WebhookSpec {
            add_space_ids: vec![a, b, a],
            remove_space_ids: vec![SpaceId::generate(), b],
            add_course_ids: vec![course],
            remove_course_ids: vec![course],
            ..WebhookSpec::default()
        };
        let expected = [
            ("/add_space_ids/2".into(), "duplicate"),
            ("/remove_space_ids/1".into(), "overlapping"),
            ("/remove_course_ids/0".into(), "overlapping"),
        ];
        assert_eq!(problems(spec), expected);
    }

    #[test]
    fn a_field_map_names_known_fields_and_pointers() {
        let with = |name: &str, pointer: &str| WebhookSpec {
            field_map: FieldMap::from([(name.to_owned(), pointer.to_owned())]),
            ..WebhookSpec::default()
        };
        for pointer in ["/a", "/a~1b/0/~0", "/customer/email"] {
            assert_eq!(problems(with("email", pointer)), [], "{pointer}");
        }
        for pointer in [
            "",
            "/",
            "a",
            "customer.email",
            "/a~2",
            "/a~",
            &"/x".repeat(300),
        ] {
            assert_eq!(
                problems(with("email", pointer)),
                [("/field_map/email".into(), "invalid_pointer")],
                "{pointer}"
            );
        }
        assert_eq!(
            problems(with("e/mail", "/a")),
            [("/field_map/e~1mail".into(), "unknown_field")]
        );
    }

    #[test]
    fn limits_and_addresses_are_checked() {
        let with = |limit: i32, address: &str| WebhookSpec {
            allowed_ips: vec![address.to_owned()],
            rate_limit_per_minute: Some(limit),
            ..WebhookSpec::default()
        };
        assert_eq!(problems(with(60, "203.0.113.7")), []);
        for limit in [0, -1, 100_001] {
            let expected = [
                ("/allowed_ips/0".into(), "invalid_address"),
                ("/rate_limit_per_minute".into(), "out_of_range"),
            ];
            assert_eq!(problems(with(limit, "x")), expected);
        }
    }
}

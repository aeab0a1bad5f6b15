//! Whether a path of a template can ever find something, and what was probably meant when it
//! cannot.

use serde_json::Value;

use crate::json::FieldPath;

/// Objects of the store whose keys are the shop's own.
const OPEN: &[&str] = &[
    "config",
    "line_meta",
    "meta",
    "other_info",
    "purchase_value",
];
/// Most names that are looked through for one that was meant, and most characters of a name that is
/// looked for.
const MAX_CANDIDATES: usize = 2_000;
const MAX_LENGTH: usize = 100;
/// Most names that are offered.
const OFFERED: usize = 3;
/// How alike two names are that are taken for one another.
const ALIKE: f64 = 0.6;

/// Whether events with this example can have something at a path. It is strict about objects that
/// have keys, and lenient below what an example cannot tell: empty objects, null, entries of lists,
/// and the store's open objects.
pub fn is_field(example: &Value, path: &FieldPath) -> bool {
    let mut segments = path.segments();
    if segments.next() != Some("data") {
        return true;
    }
    let (mut value, mut is_open) = (example, false);
    for segment in segments {
        value = match value {
            _ if is_open => return true,
            Value::Null => return true,
            Value::Object(map) if map.is_empty() => return true,
            Value::Object(map) => match map.get(segment) {
                Some(inner) => inner,
                None => return false,
            },
            Value::Array(_) => return segment.bytes().all(|b| b.is_ascii_digit()),
            _ => return false,
        };
        is_open = OPEN.contains(&segment) && value.is_object();
    }
    true
}

/// The names that are most like a path, best first.
pub fn nearest<'a>(path: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if path.len() > MAX_LENGTH {
        return Vec::new();
    }
    let alike = |name: &&str| strsim::normalized_damerau_levenshtein(path, name);
    let short = names
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|name| name.len() <= MAX_LENGTH);
    let mut found: Vec<_> = short
        .map(|name| (alike(&name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found.dedup_by(|(_, a), (_, b)| a == b);
    found
        .into_iter()
        .take(OFFERED)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_known_unknown_or_beyond_what_an_example_tells() {
        let example = json!({"order": {"id": 7, "note": null, "config": {"user_tz": "UTC"}, "empty": {}}, "items": [{"title": "Hat"}], "a b": 1});
        for (path, known) in [
            ("id", true),
            ("type", true),
            ("data", true),
            ("data.order", true),
            ("data.order.id", true),
            ("data.order.note.deeper", true),
            ("data.order.empty.anything.at.all", true),
            ("data.order.config.color", true),
            ("data.items", true),
            ("data.items.0.titel", true),
            ("data.items[7].x", true),
            ("data['a b']", true),
            ("data.order.total", false),
            ("data.order.id.x", false),
            ("data.ordr.id", false),
            ("data.items.title", false),
        ] {
            assert_eq!(
                is_field(&example, &FieldPath::parse(path).unwrap()),
                known,
                "{path}"
            );
        }
    }

    #[test]
    fn what_was_meant_is_offered_best_first() {
        let names = [
            "data.order.total_amount",
            "data.order.total_paid",
            "data.customer.email",
            "data.order.id",
            "id",
        ];
        assert_eq!(
            nearest("data.order.total_amont", names)[0],
            "data.order.total_amount"
        );
        assert_eq!(
            nearest("data.customer.emial", names),
            ["data.customer.email"]
        );
        assert_eq!(nearest("data.zzzzzzzzzzzzzzzzzzzzz", names), [""; 0]);
        assert!(nearest("data.order.t", names).len() <= OFFERED);
        assert_eq!(nearest(&"d".repeat(MAX_LENGTH + 1), names), [""; 0]);
    }
}

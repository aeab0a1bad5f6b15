//! The event types that a feed listens to.

use crate::{Invalid, event_type};

const MAX_EVENTS: usize = 100;

/// Checks the names, and writes each in its canonical form, once.
pub(super) fn check(
    events: &mut Vec<String>,
    complete: bool,
    is_custom_type: &dyn Fn(&str) -> bool,
    invalid: &mut Invalid,
) {
    if complete && events.is_empty() {
        let detail = "An enabled feed listens to at least one event type.";
        invalid.push("/events", "required", detail);
    }
    if events.len() > MAX_EVENTS {
        let detail = format!("At most {MAX_EVENTS} event types.");
        invalid.push("/events", "too_many", detail);
    }
    let mut canonical: Vec<String> = Vec::new();
    for (i, name) in events.iter().enumerate() {
        let name = event_type::canonical(name);
        if !(is_pattern(name) || event_type::builtin(name).is_some() || is_custom_type(name)) {
            let detail = format!(
                "\"{name}\" is not in the catalogue; see GET /v1/event-types, or register it with POST /v1/event-types."
            );
            invalid.push(format!("/events/{i}"), "unknown_event_type", detail);
        }
        if !canonical.iter().any(|known| known == name) {
            canonical.push(name.to_owned());
        }
    }
    *events = canonical;
}

/// `*`, or a name and `.*`.
fn is_pattern(name: &str) -> bool {
    name == "*"
        || name
            .strip_suffix(".*")
            .is_some_and(event_type::is_type_name)
}

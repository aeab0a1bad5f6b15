//! The event types that a feed listens to.

use std::collections::BTreeSet;

use crate::{
    Invalid,
    event_type::{BUILTIN, canonical, nearest},
    feed::listens,
};

const MAX_EVENTS: usize = 100;

/// Checks the names, and writes each in its canonical form, once.
pub(super) fn check(
    events: &mut Vec<String>,
    complete: bool,
    custom_types: &[&str],
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
    let catalogue = || {
        BUILTIN
            .iter()
            .map(|entry| entry.name)
            .chain(custom_types.iter().copied())
    };
    let mut kept: Vec<String> = Vec::new();
    for (i, name) in events.iter().enumerate() {
        let name = canonical(name);
        let is_well_formed = name == "*" || name.ends_with(".*") || !name.contains('*');
        if !(is_well_formed && catalogue().any(|kind| listens(name, kind))) {
            let detail = unknown(name, catalogue());
            invalid.push(format!("/events/{i}"), "unknown_event_type", detail);
        }
        if !kept.iter().any(|known| known == name) {
            kept.push(name.to_owned());
        }
    }
    *events = kept;
}

/// What is wrong with a name or pattern that nothing in the catalogue has, and what is most like it.
fn unknown<'a>(name: &str, catalogue: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = if name.ends_with('*') {
        let group = |kind: &str| Some(format!("{}.*", kind.rsplit_once('.')?.0));
        let groups: BTreeSet<_> = catalogue.filter_map(group).collect();
        groups.into_iter().collect()
    } else {
        catalogue.map(str::to_owned).collect()
    };
    let meant = match nearest(name, names.iter().map(String::as_str)).first() {
        Some(meant) => format!(" Did you mean \"{meant}\"?"),
        None => String::new(),
    };
    format!(
        "\"{name}\" matches nothing in the catalogue.{meant} See GET /v1/event-types, or register a type with POST /v1/event-types."
    )
}

//! Type names with two meanings.

use std::collections::BTreeMap;

use crate::{Breach, Sources};

/// Names that more than one type may have, each with its reason.
const SHARED: &[(&str, &str)] = &[];

/// Names that readers know from the standard library.
const STANDARD: &[&str] = &[
    "Box", "Command", "Debug", "Default", "Display", "Duration", "From", "Future", "Instant",
    "Into", "Iterator", "Option", "Ordering", "Path", "Result", "String", "Vec",
];

/// What may be named so all the same: storage's `Result` is that of its own error, as `std::io` has
/// one; an `Instant` is a point in time that can be stored, and the standard one is only measured by.
const KEPT: &[&str] = &["Result", "Instant"];

/// Types named like one of the standard library.
pub fn shadowing(sources: &Sources) -> Vec<Breach> {
    sources
        .types
        .iter()
        .filter(|found| {
            let name = found.name.as_str();
            STANDARD.contains(&name) && !KEPT.contains(&name)
        })
        .map(|found| Breach {
            rule: "no type is named like one of the standard library",
            places: vec![format!("{} in {}", found.name, found.place)],
        })
        .collect()
}

/// Types of the same name, in any two files of these crates.
pub fn defined_twice(crates: &[Sources]) -> Vec<Breach> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for found in crates.iter().flat_map(|sources| &sources.types) {
        places
            .entry(&found.name)
            .or_default()
            .push(found.place.clone());
    }
    places
        .into_iter()
        .filter(|(name, places)| {
            places.len() > 1 && SHARED.iter().all(|(shared, _)| shared != name)
        })
        .map(|(name, places)| Breach {
            rule: "a type's name means one thing in the workspace",
            places: places
                .into_iter()
                .map(|place| format!("{name} in {place}"))
                .collect(),
        })
        .collect()
}

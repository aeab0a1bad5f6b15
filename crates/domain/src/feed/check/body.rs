//! The keys and templates of a selected body.

use std::collections::HashSet;

use crate::{
    Invalid,
    feed::{FeedBody, SelectedField},
    outbound::template::Template,
};

const MAX_FIELDS: usize = 500;
/// Most bytes of all templates together: reading them takes time, too.
const MAX_TEMPLATES: usize = 128 * 1024;
/// Longest key, in characters.
const MAX_KEY: usize = 200;

/// Checks the rows, and drops those that nobody filled in: forms send them. The pointers are those
/// of the rows as they were sent.
pub(super) fn check(body: &mut FeedBody, complete: bool, invalid: &mut Invalid) {
    let FeedBody::Selected { fields } = body else {
        return;
    };
    if complete && fields.iter().all(is_empty_row) {
        let detail = "Select at least one field, or send all data.";
        invalid.push("/body/fields", "required", detail);
    }
    if fields.len() > MAX_FIELDS {
        let detail = format!("At most {MAX_FIELDS} fields.");
        invalid.push("/body/fields", "too_many", detail);
    }
    if fields.iter().map(|field| field.value.len()).sum::<usize>() > MAX_TEMPLATES {
        let detail = "All values together may have at most 128 KiB.";
        return invalid.push("/body/fields", "too_large", detail);
    }
    let mut seen = HashSet::new();
    for (i, field) in fields.iter().enumerate() {
        if !is_empty_row(field) {
            let is_new = seen.insert(field.key.as_str());
            check_row(&format!("/body/fields/{i}"), field, is_new, invalid);
        }
    }
    fields.retain(|field| !is_empty_row(field));
}

fn check_row(pointer: &str, field: &SelectedField, is_new: bool, invalid: &mut Invalid) {
    if field.key.is_empty() || field.key.chars().count() > MAX_KEY {
        let detail = format!("Use 1 to {MAX_KEY} characters.");
        invalid.push(format!("{pointer}/key"), "invalid_key", detail);
    }
    if !is_new {
        let detail = "This key is already used.";
        invalid.push(format!("{pointer}/key"), "duplicate_key", detail);
    }
    if let Err(error) = Template::parse(&field.value) {
        let detail = error.to_string();
        invalid.push(format!("{pointer}/value"), "invalid_expression", detail);
    }
}

fn is_empty_row(field: &SelectedField) -> bool {
    field.key.is_empty() && field.value.is_empty()
}

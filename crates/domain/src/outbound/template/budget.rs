//! What the expressions of one body, or of one condition, may cost together.

use std::sync::atomic::{AtomicU64, Ordering};

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Object, ValueKind},
};

use crate::json::{ExactJson, FieldPath};

/// Steps of one rendering: each is about a byte, or an entry of a list, that is looked at once.
const STEPS: u64 = 4_000_000;
/// What a list of unknown length costs.
const UNKNOWN_LENGTH: u64 = 10_000;
/// The name under which expressions carry it. None can name it: it is no root.
pub(super) const NAME: &str = "budget";

/// What is left.
#[derive(Debug)]
pub(super) struct Budget(AtomicU64);

impl Object for Budget {}

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU64::new(STEPS))
    }
}

impl Budget {
    /// Takes steps; `false` when there are not so many left, and from then on.
    pub(super) fn take(&self, steps: u64) -> bool {
        let left = self.0.load(Ordering::Relaxed).checked_sub(steps);
        self.0.store(left.unwrap_or(0), Ordering::Relaxed);
        left.is_some()
    }

    pub(super) fn left(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Takes steps for what runs inside of an expression.
pub(super) fn spend(state: &State<'_, '_>, steps: u64) -> Result<(), Error> {
    let budget = state.lookup(NAME);
    let budget = budget
        .as_ref()
        .and_then(|value| value.downcast_object_ref::<Budget>());
    match budget {
        Some(budget) if budget.take(steps) => Ok(()),
        _ => Err(Error::new(ErrorKind::OutOfFuel, "too much work")),
    }
}

/// What it costs to look at a value without its entries' entries.
pub(super) fn shallow(value: &Value) -> u64 {
    match value.as_str() {
        Some(text) => steps(text.len()),
        None if value.as_object().is_some() => value.len().map_or(UNKNOWN_LENGTH, steps),
        None => 1,
    }
}

/// What it costs to look at all of a value. Stops counting beyond a whole budget.
pub(super) fn deep(value: &Value) -> u64 {
    let mut sum = 0;
    add(value, &mut sum);
    sum
}

fn add(value: &Value, sum: &mut u64) {
    *sum = sum.saturating_add(1).saturating_add(shallow(value));
    let is_map = value.kind() == ValueKind::Map;
    if *sum > STEPS || value.len().is_none() || !(is_map || value.kind() == ValueKind::Seq) {
        return;
    }
    for item in value.try_iter().into_iter().flatten() {
        add(&item, sum);
        if is_map && let Ok(member) = value.get_item(&item) {
            add(&member, sum);
        }
        if *sum > STEPS {
            return;
        }
    }
}

/// What it costs to look at all that these paths name in an envelope.
pub(super) fn of_paths(paths: &[FieldPath], envelope: &ExactJson) -> u64 {
    let mut sum = 0;
    for value in paths.iter().filter_map(|path| envelope.at(path)) {
        add_json(value, &mut sum);
    }
    sum
}

fn add_json(json: &ExactJson, sum: &mut u64) {
    *sum = sum.saturating_add(1);
    if *sum > STEPS {
        return;
    }
    match json {
        ExactJson::String(text) => *sum = sum.saturating_add(steps(text.len())),
        ExactJson::Array(items) => items.iter().for_each(|item| add_json(item, sum)),
        ExactJson::Object(members) => {
            for (name, value) in members {
                *sum = sum.saturating_add(steps(name.len()));
                add_json(value, sum);
            }
        }
        _ => {}
    }
}

pub(super) fn steps(amount: usize) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

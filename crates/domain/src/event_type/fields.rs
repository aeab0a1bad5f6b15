//! The fields of an event type, for the dropdown of a form that maps them.

use serde_json::Value;

/// One value that a payload can carry, for the field picker.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldInfo {
    /// As it is written in a template: `data.order.total_amount`.
    pub path: String,
    pub label: String,
    pub group: String,
    /// `string`, `number`, `boolean`, `null`, `array` or `object`.
    pub r#type: &'static str,
    pub example: Value,
}

/// What the event itself says, whatever its type.
const ENVELOPE: &[(&str, &str, &str)] = &[
    ("id", "Event ID", "evt_01jq3c9xv2e8rb6m0h4k7t5n1f"),
    ("type", "Event Type", ""),
    ("timestamp", "Event Time", "2026-03-14T08:05:12Z"),
];
const EVENT: &str = "Event";

/// The groups of the store's fields, in the order in which a shop keeper looks for them.
const GROUPS: &[(&str, &str)] = &[
    ("customer", "Customer"),
    ("order", "Order"),
    ("transactions", "Transaction"),
    ("order_items", "Items"),
    ("subscriptions", "Subscription"),
    ("shipping_address", "Shipping address"),
    ("billing_address", "Billing address"),
    ("tax_rates", "Tax"),
    ("licenses", "License"),
];

/// Labels that the words of the key do not give.
const LABELS: &[(&str, &str)] = &[
    ("aov", "Average Order Value"),
    ("card_last_4", "Card Last 4 Digits"),
    ("cost", "Cost of Goods"),
    ("id", "ID"),
    ("invoice_no", "Order Number"),
    ("ip_address", "IP Address"),
    ("ltv", "Lifetime Value"),
    ("mode", "Mode (live or test)"),
    ("object_id", "Variation ID"),
    ("post_id", "Product ID"),
    ("post_title", "Product Title"),
    ("title", "Title"),
    ("url", "URL"),
    ("user_tz", "Time Zone"),
    ("uuid", "UUID"),
];

/// The fields of a type with this example, group by group: single values, lists as a whole with the
/// fields of their first entry, and last what every event has. What an expression cannot name is
/// left out.
pub fn fields(kind: &str, example: &Value) -> Vec<FieldInfo> {
    let mut found = Vec::new();
    if let Value::Object(map) = example {
        let mut keys: Vec<_> = map.iter().filter(|(key, _)| can_be_named(key)).collect();
        keys.sort_by_key(|(key, _)| {
            GROUPS
                .iter()
                .position(|(name, _)| name == key)
                .unwrap_or(GROUPS.len())
        });
        for (key, value) in keys {
            let group = group(key, value);
            collect(&join("data", key), &group, &label(key), value, &mut found);
        }
        // A group stays together, and facts of the event come last.
        found.sort_by_key(|field| field.group == EVENT);
    }
    let envelope = ENVELOPE.iter().map(|(path, label, example)| FieldInfo {
        path: (*path).to_owned(),
        label: (*label).to_owned(),
        group: EVENT.to_owned(),
        r#type: "string",
        example: if *path == "type" {
            kind.into()
        } else {
            (*example).into()
        },
    });
    found.extend(envelope);
    found
}

/// How many fields an example has at the most, counted without writing them down.
pub(super) fn count(example: &Value) -> usize {
    match example {
        Value::Object(map) if !map.is_empty() => map.values().map(count).sum(),
        Value::Array(items) => 1 + items.first().map_or(0, count),
        _ => 1,
    }
}

fn group(key: &str, value: &Value) -> String {
    match GROUPS.iter().find(|(name, _)| *name == key) {
        Some((_, group)) => (*group).to_owned(),
        None if value.is_object() || value.is_array() => label(key),
        None => EVENT.to_owned(),
    }
}

fn collect(path: &str, group: &str, label_of_it: &str, value: &Value, found: &mut Vec<FieldInfo>) {
    let r#type = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(map) if map.is_empty() => "object",
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| can_be_named(key)) {
                collect(&join(path, key), group, &label(key), value, found);
            }
            return;
        }
    };
    found.push(FieldInfo {
        path: path.to_owned(),
        label: label_of_it.to_owned(),
        group: group.to_owned(),
        r#type,
        example: value.clone(),
    });
    if let Value::Array(items) = value
        && let Some(first @ Value::Object(_)) = items.first()
    {
        collect(&format!("{path}.0"), group, label_of_it, first, found);
    }
}

/// A path with one more step: `.key`, or `["any key"]` for what is not a word.
fn join(path: &str, key: &str) -> String {
    let is_word = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_word && key.starts_with(|c: char| !c.is_ascii_digit()) {
        format!("{path}.{key}")
    } else if key.contains('"') {
        format!("{path}['{key}']")
    } else {
        format!("{path}[\"{key}\"]")
    }
}

/// Whether the key can be written between quotes.
fn can_be_named(key: &str) -> bool {
    !key.contains('\\') && (!key.contains('"') || !key.contains('\''))
}

fn label(key: &str) -> String {
    if let Some((_, label)) = LABELS.iter().find(|(name, _)| *name == key) {
        return (*label).to_owned();
    }
    let word = |word: &str| {
        let mut chars = word.chars();
        match word {
            "id" => "ID".to_owned(),
            _ => chars.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(chars).collect()
            }),
        }
    };
    key.split(['_', ' '])
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}
